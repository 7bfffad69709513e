"""An analysis as the dict that ``app.predict --json`` prints and the web page's API returns."""

from dataclasses import asdict
from typing import Any

from app.analysis import Analysis, scales
from app.verdict import score_sentences, words_of


def as_json(analysis: Analysis) -> dict[str, Any]:
    """Return the dict; docs/app.md describes it."""
    clip, outcomes = analysis.clip, analysis.model.skill.outcomes
    words, scale = words_of(analysis), scales(clip)
    return {
        "file": clip.name,
        "sha256": clip.sha256,
        "model": analysis.model.name,
        "verdict": analysis.verdict,
        "headline": words.headline,
        "reasons": words.sure,
        "scores": score_sentences(analysis),
        "looked_at": words.looked_at,
        "remarks": clip.remarks,
        "p_fake": analysis.p_fake,
        "spread": list(analysis.spread),
        "threshold": analysis.model.threshold,
        "demonstration": analysis.model.demonstration,
        "no_verdict": analysis.model.no_verdict,
        "on_test": asdict(outcomes) if outcomes else None,
        "members": analysis.members,
        "frames": [
            {"frame": frame, "time": round(time, 6), "p_fake": analysis.frames.get(frame)}
            for frame, time in zip(clip.frames["frame"], clip.frames["time"], strict=True)
        ],
        "persons": [
            {
                "person": person.number,
                "verdict": person.verdict,
                "p_fake": person.p_fake,
                "frames": person.evidence.frames,
                "looked_at": person.evidence.looked_at,
                "width": round(person.evidence.width, 2),
                "sharpness": round(person.evidence.sharpness, 6),
                "lacking": person.lacking,
            }
            for person in analysis.persons
        ],
        "faces": [
            {
                "person": int(face.track) + 1,
                "frame": int(face.frame),
                "time": round(face.time, 6),
                "box": [
                    round(side / scale[face.frame], 2)
                    for side in (face.x, face.y, face.width, face.height)
                ],
                "confidence": face.confidence,
                "p_fake": face.p_fake,
            }
            for face in clip.faces.assign(p_fake=analysis.p_faces).itertuples()
        ],
    }
