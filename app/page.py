"""The web page, a Gradio app around a `Service`."""

import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import routes
from starlette.middleware import Middleware

from app.answer import CSS, SHOW_COPY, SHOW_FILE, answer_html, refusal_html
from app.gate import Gate
from app.logins import Logins
from app.rules import Rules
from app.service import Refused, Service
from app.uploads import Uploads, take_uploads_safely
from stages.common.decode import PHOTO_PIXELS

_HELP = """# Is this face fake?
Drop a clip or a picture of a face: up to {megabytes} MB, {seconds:g} s and {megapixels:g}
megapixels a frame, {photo:g} in a JPEG or HEIC. Nothing is kept after the answer."""

_LOG_OUT = " [Log out](/logout)"

_LOGGED = 200
"""Characters of a visitor's error in the log."""

_ONE_AT_A_TIME = {"concurrency_id": "scoring", "concurrency_limit": 1}
_IN_BROWSER = {"api_visibility": "private", "queue": False}

# The server removes a file once it is answered, so the field is emptied then. If there is another
# file in it by then, that one stays, and the answer about the first is not shown beside it.
_NOTE_FILE = "(file, ...others) => { window.asked = file?.path; return [file, ...others]; }"
_DROP_FILE = """(file, answer) => {
  if (file && file.path !== window.asked) return [file, ''];
  window.preview(null);
  return [null, answer];
}"""


def upload_field(label: str) -> gr.File:
    """Create a file field whose value is always an uploaded file, never a URL to fetch.

    The changes to Gradio's field are made on the instance, because Gradio writes a file next to
    the module of each subclass.
    """
    field = gr.File(label=label, file_types=["video", "image"], height=150, elem_id="upload")
    move = field.async_move_resource_to_block_cache

    async def move_upload(path: Any) -> str | None:
        if path and "://" in str(path):
            raise gr.Error("Send the file itself, not its address.", print_exception=False)
        return await move(path)

    field.async_move_resource_to_block_cache = move_upload
    # Gradio's own method leaves an empty temporary file behind on each call
    field.preprocess = lambda payload: payload.path if payload else None
    return field


def make_page(
    service: Service, uploads: Uploads, examples: dict[str, Path], login: bool = False
) -> gr.Blocks:
    """Build the page.

    Parameters
    ----------
    service : Service
        Scores and annotates the items.
    uploads : Uploads
        Folder of the uploaded files; each file is removed when its request is answered.
    examples : dict of str to Path
        Clips on the server that a visitor may choose, by title.
    login : bool
        Whether visitors log in, and so may log out.
    """
    take_uploads_safely()
    models = service.names

    def show(upload: str | None, example: str | None, model: str, progress: Any) -> str:
        if not upload and example not in list(examples):
            return refusal_html(Refused("nothing", "Drop a clip or a picture first."))
        path = Path(upload) if upload else examples[example or ""]
        try:
            return answer_html(service.answer(path, model, _report(progress)))
        except Refused as refused:
            return refusal_html(refused)
        finally:
            uploads.remove(path)

    def check(
        upload: str | None,
        example: str | None,
        model: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 (Gradio's way to request it)
    ) -> str:
        """Handle a request from the page."""
        return show(upload, example, model, progress)

    def score(clip: str | None, model: str) -> dict[str, Any]:
        """Handle a request from the API."""
        from app.as_json import as_json  # which imports Keras

        if not clip:
            return {"status": "nothing", "error": "Send a clip or a picture."}
        try:
            analysis = service.scores(Path(clip), model, lambda share, doing: None)
            return {"status": "scored"} | as_json(analysis)
        except Refused as refused:
            return {"status": refused.kind, "error": str(refused)}
        finally:
            uploads.remove(clip)

    with gr.Blocks(title="Is this face fake?", analytics_enabled=False) as page:
        limits = service.limits
        help_text = _HELP.format(
            megabytes=limits.megabytes,
            seconds=limits.duration,
            megapixels=limits.megapixels,
            photo=PHOTO_PIXELS / 1e6,
        )
        gr.Markdown(help_text + (_LOG_OUT if login else ""))
        with gr.Row():
            upload = upload_field("Clip or picture")
            with gr.Column():
                example = gr.Dropdown(
                    list(examples),
                    value=None,
                    label="Or an example",
                    visible=bool(examples),
                    elem_id="example",
                )
                model = gr.Dropdown(models, value=models[-1], label="Model", elem_id="model")
        for choice in (example, model):
            # Gradio would refuse an unknown choice before the handler, which removes the upload
            choice.preprocess = lambda value: value
        gr.HTML(js_on_load=SHOW_FILE, elem_id="preview")
        button = gr.Button("Check", variant="primary", elem_id="check")
        answer = gr.HTML(js_on_load=SHOW_COPY, min_height=160, elem_id="answer")
        button.click(
            check,
            [upload, example, model],
            answer,
            js=_NOTE_FILE,
            api_visibility="private",
            show_progress_on=answer,
            **_ONE_AT_A_TIME,
        ).then(None, [upload, answer], [upload, answer], js=_DROP_FILE, **_IN_BROWSER)
        # An answer goes when what it is about changes, and there is one file to ask about
        upload.upload(None, None, [answer, example], js="() => ['', null]", **_IN_BROWSER)
        without_file = "() => { window.preview(null); return ['', null]; }"
        example.input(None, None, [answer, upload], js=without_file, **_IN_BROWSER)
        for emptied in (upload.clear, upload.delete):
            emptied(None, None, [answer, upload], js=without_file, **_IN_BROWSER)
        model.input(None, None, answer, js="() => ''", **_IN_BROWSER)
        # The API endpoint: the same scores, without the pictures
        scores = gr.JSON(visible=False)
        gr.Button(visible=False).click(
            score, [upload, model], scores, api_name="score", **_ONE_AT_A_TIME
        )
    _refuse_malformed(page)
    return page.queue(max_size=limits.waiting)


def _refuse_malformed(page: gr.Blocks) -> None:
    """Answer a request that names no uploaded file, or is of another form, in one line.

    Gradio would write a traceback into the log for each.
    """
    preprocess = page.preprocess_data

    async def checked(*args: Any, **kwargs: Any) -> list[Any]:
        try:
            return await preprocess(*args, **kwargs)
        except gr.Error:
            raise
        except Exception as error:
            print(f"refused a request: {str(error)[:_LOGGED]!r}", file=sys.stderr)
            raise gr.Error(
                "Upload a clip or a picture, then ask about it.", print_exception=False
            ) from None

    page.preprocess_data = checked


def _theme() -> gr.themes.Base:
    """Gradio's theme, with a contrast of at least 4.5 to 1 for all text (WCAG 2.2, 1.4.3)."""
    theme = gr.themes.Default(font="system-ui", font_mono="monospace")
    return theme.set(
        button_primary_background_fill="#9a3412",
        button_primary_background_fill_hover="#7c2d12",
        button_primary_background_fill_dark="#9a3412",
        button_primary_background_fill_hover_dark="#7c2d12",
        body_text_color_subdued="#4b5563",
        body_text_color_subdued_dark="#d1d5db",
        block_label_text_color="#374151",
        block_label_text_color_dark="#e5e7eb",
        input_placeholder_color="#4b5563",
        input_placeholder_color_dark="#d1d5db",
    )


def guards(service: Service, uploads: Uploads, origins: Collection[str] = ()) -> list[Middleware]:
    """Create the middleware in front of the page: what is answered, then how much."""
    limits = service.limits
    gate = Middleware(
        Gate,
        uploads=uploads,
        max_upload=limits.bytes,
        max_total=limits.bytes * (limits.waiting + 2),
    )
    return [Middleware(Rules, origins=origins), gate]


def launch(
    page: gr.Blocks,
    service: Service,
    uploads: Uploads,
    host: str,
    port: int,
    auth: Logins | None,
    origins: Collection[str] = (),
) -> str:
    """Serve the page in a thread, and return its address.

    Parameters
    ----------
    page, service, uploads
        See `make_page`.
    host, port : str, int
        Address to listen on.
    auth : Logins or None
        Who may come in; None requires no login.
    origins : collection of str
        Origins other than loopback addresses under which the page is served.
    """
    # Gradio's own middleware allows every origin, with credentials; `Rules` refuses others
    routes.CustomCORSMiddleware = lambda app, **_: app
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        auth=auth,
        share=False,
        quiet=True,
        show_error=False,
        prevent_thread_lock=True,
        max_file_size=service.limits.bytes,
        footer_links=["api"],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        css=CSS,
        theme=_theme(),
        app_kwargs={"middleware": guards(service, uploads, origins)},
    )
    print(f"Open {address} (stop with Ctrl-C)", flush=True)
    return address


def _report(progress: Callable[..., Any]) -> Callable[[float, str], None]:
    return lambda share, doing: progress(share, desc=doing)
