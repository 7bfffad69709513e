"""Compare the features of encoders with those of the networks that their owners publish.

Command
    ``python -m bench.encoders [--backbones dinov2_vit_s14 …] [--weights FOLDER]``
Contenders
    ours: a backbone of `stages.train.backbones` with ``weights`` of a folder, its preprocessing
    included, on RGB crops from 0 to 255
    theirs: the same architecture in `transformers`, in PyTorch, on crops that are standardised here

Without ``--weights`` the weights are drawn at random by `transformers` and written in its own form
(for CLIP, which keras-hub reads in its own form alone, in that one). With it, FOLDER in Hugging
Face's form is read by both; of a DINOv2 of another size the positions are interpolated, which
keras-hub and PyTorch do by different rules. The table has the largest difference of a feature, and
the correlation over all of them.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
import pandas as pd
import torch
import transformers

from stages.train.backbones import (
    BACKBONES,
    CLIP_DEVIATION,
    CLIP_MEAN,
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
)

SIZE = 224
CROPS = 8


def main() -> None:
    """Print the table."""
    encoders = [name for name in BACKBONES if name.startswith(("clip", "dino"))]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backbones", nargs="+", choices=encoders, default=encoders)
    parser.add_argument("--weights", type=Path)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    # Smooth pictures, as noise alone would look the same to an encoder wherever it comes from
    coarse = rng.uniform(0, 255, (CROPS, 14, 14, 3))
    crops = np.asarray(keras.ops.image.resize(coarse, (SIZE, SIZE), "bicubic")).clip(0, 255)
    rows = []
    for name in args.backbones:
        with tempfile.TemporaryDirectory() as folder:
            theirs = published(name, args.weights)
            if args.weights is None:
                write(name, theirs, Path(folder))
            ours = features(name, args.weights or Path(folder), crops.astype(np.float32))
            original = features_of(name, theirs, crops)
        rows.append(
            {
                "backbone": name,
                "mean magnitude": f"{np.abs(original).mean():.3f}",
                "largest difference": f"{np.abs(ours - original).max():.2e}",
                "correlation": f"{np.corrcoef(ours.ravel(), original.ravel())[0, 1]:.6f}",
            }
        )
        print(pd.DataFrame(rows[-1:]).to_markdown(index=False, disable_numparse=True), flush=True)


def architecture(name: str) -> dict[str, Any]:
    """Arguments of keras-hub's class in a row of the backbones."""
    return BACKBONES[name].application.keywords  # type: ignore[attr-defined]  # a partial


def published(name: str, folder: Path | None) -> Any:
    """The network of `transformers` for a row, with random weights or those of a folder."""
    made, config = PUBLISHED[name.partition("_")[0]]
    if folder:
        return made.from_pretrained(folder).eval()
    torch.manual_seed(0)
    known = architecture(name)
    values = {
        "image_size": SIZE,
        "patch_size": known["patch_size"],
        "hidden_size": known["hidden_dim"],
        "num_hidden_layers": known["num_layers"],
        "num_attention_heads": known["num_heads"],
        "intermediate_size": known["intermediate_dim"],
    }
    if name.startswith("dinov3"):
        values |= {"num_register_tokens": 4}
    network = made(config(**values)).eval()
    with torch.no_grad():  # fresh norms, biases and tokens are all alike, and would hide mistakes
        for weight in network.parameters():
            if weight.ndim == 1 or weight.shape[0] == 1:
                weight += 0.1 * torch.randn_like(weight)
    return network


PUBLISHED: dict[str, tuple[Any, Any]] = {
    "dinov2": (transformers.Dinov2Model, transformers.Dinov2Config),
    "dinov3": (transformers.DINOv3ViTModel, transformers.DINOv3ViTConfig),
    "clip": (transformers.CLIPVisionModel, transformers.CLIPVisionConfig),
}


def write(name: str, network: Any, folder: Path) -> None:
    """Write weights in a form that keras-hub reads."""
    if not name.startswith("clip"):
        network.save_pretrained(folder)
        config = folder / "config.json"
        known = json.loads(config.read_text())
        config.write_text(json.dumps(known | {"rope_theta": 100.0}))
        return
    known = {key: value for key, value in architecture(name).items() if key != "name"}
    encoder = keras_hub.models.CLIPVisionEncoder(
        **known, image_shape=(SIZE, SIZE, 3), name="vision"
    )
    give_clip(encoder, {key: value.numpy() for key, value in network.state_dict().items()})
    text = keras_hub.models.CLIPTextEncoder(
        vocabulary_size=8, embedding_dim=8, hidden_dim=8, num_layers=1, num_heads=1,
        intermediate_dim=8, max_sequence_length=4,
    )  # fmt: skip
    keras_hub.models.CLIPBackbone(encoder, text, 8).save_to_preset(str(folder))


def give_clip(encoder: keras.Model, values: dict[str, np.ndarray]) -> None:
    """Give the weights of CLIP in PyTorch to keras-hub's encoder."""
    values = {name.removeprefix("vision_model."): value for name, value in values.items()}

    def norm(layer: keras.Layer, name: str) -> None:
        layer.set_weights([values[f"{name}.weight"], values[f"{name}.bias"]])

    def dense(layer: keras.Layer, name: str) -> None:
        kernel, bias = layer.weights
        kernel.assign(values[f"{name}.weight"].T.reshape(kernel.shape))
        bias.assign(values[f"{name}.bias"].reshape(bias.shape))

    embedding = encoder.embedding
    embedding.class_embedding.assign(values["embeddings.class_embedding"])
    embedding.position_ids.assign(np.arange(embedding.num_positions)[None])
    patches = values["embeddings.patch_embedding.weight"].transpose(2, 3, 1, 0)
    embedding.patch_embedding.set_weights([patches])
    positions = values["embeddings.position_embedding.weight"]
    embedding.position_embedding.set_weights([positions])
    norm(encoder.pre_layer_norm, "pre_layrnorm")
    for number, block in enumerate(encoder.encoder_layers):
        name = f"encoder.layers.{number}"
        norm(block.layer_norm_1, f"{name}.layer_norm1")
        norm(block.layer_norm_2, f"{name}.layer_norm2")
        attention = block.attention
        for part, layer in {
            "q": attention.query_dense,
            "k": attention.key_dense,
            "v": attention.value_dense,
            "out": attention.output_dense,
        }.items():
            dense(layer, f"{name}.self_attn.{part}_proj")
        dense(block.dense_1, f"{name}.mlp.fc1")
        dense(block.dense_2, f"{name}.mlp.fc2")
    norm(encoder.layer_norm, "post_layernorm")


def features(name: str, folder: Path, crops: np.ndarray) -> np.ndarray:
    """Features of crops by a backbone of ours with weights of a folder, (n, d)."""
    chosen = BACKBONES[name]
    inputs = keras.Input(crops.shape[1:])
    encoder = chosen.application(
        include_top=False, weights=str(folder), input_shape=crops.shape[1:]
    )
    network = keras.Model(inputs, encoder(chosen.preprocess(inputs)))
    return np.asarray(network.predict(crops, verbose=0))


def features_of(name: str, network: Any, crops: np.ndarray) -> np.ndarray:
    """The class token after the last norm of a network in PyTorch, (n, d)."""
    clip = name.startswith("clip")
    mean, deviation = (CLIP_MEAN, CLIP_DEVIATION) if clip else (IMAGENET_MEAN, IMAGENET_DEVIATION)
    pixels = (crops / 255 - mean) / deviation
    with torch.inference_mode():
        found = network(torch.tensor(pixels.transpose(0, 3, 1, 2), dtype=torch.float32))
    return np.asarray(found.pooler_output if clip else found.last_hidden_state[:, 0])


if __name__ == "__main__":
    main()
