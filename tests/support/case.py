"""A made case report."""


def made_report():
    """The fields of one, with texts that a stranger could have put into the file."""
    return {
        "created": "2026-01-02T03:04:05+00:00",
        "file": {
            "name": HOSTILE,
            "bytes": 1234,
            "sha256": "0" * 64,
            "probe": {
                "format": "MP4 or QuickTime",
                "duration": 1.2,
                "streams": [{"kind": "video", "codec": "h264", "width": 320, "height": 320}],
                "tags": {HOSTILE: HOSTILE},
            },
            "remarks": ["holds 2 pictures, of which only the first is looked at"],
        },
        "credentials": {
            "status": "invalid",
            "meaning": "Changed.",
            "generator": HOSTILE,
            "signer": HOSTILE,
            "actions": [HOSTILE],
            "sources": ["trainedAlgorithmicMedia"],
            "problems": [{"code": HOSTILE, "explanation": HOSTILE}],
        },
        "result": {
            "verdict": None,
            "headline": "No verdict",
            "reasons": [],
            "scores": [],
            "looked_at": ["Person 1: face in 1 of 1 frames"],
            "p_fake": 0.5,
            "spread": (0.4, 0.6),
            "members": {"net": 0.5},
            "persons": [
                {
                    "person": 1,
                    "verdict": None,
                    "p_fake": 0.5,
                    "frames": 1,
                    "looked_at": 1,
                    "width": 99.0,
                    "sharpness": 0.2,
                    "lacking": [],
                    "likelihood_ratio": None,
                }
            ],
            "frames": [{"frame": 0, "time": 0.0, "p_fake": 0.5}],
            "faces": [],
            "maps": [],
        },
        "likelihood_ratios": None,
        "no_likelihood_ratios": "No likelihood ratio is given.",
        "model": {
            "name": "net",
            "members": [
                {
                    "name": "net",
                    "network_sha256": "1" * 64,
                    "decision_sha256": "2" * 64,
                    "card": "# net",
                    "card_sha256": "3" * 64,
                }
            ],
            "demonstration": True,
            "no_verdict": "it is a demonstration",
            "threshold": 0.5,
            "tested": [],
            "warnings": [],
        },
        "means": {
            "parameters": {"frames": {"max_frames": 4}},
            "parameters_sha256": "4" * 64,
            "versions": {"python": "3.11"},
            "commit": "",
        },
        "limits": "It cannot tell.",
    }


HOSTILE = "<img src=http://h/x onerror=alert(1)>\"'></bdi>\u202e{{ 7*7 }}.mp4"
"""A name as a stranger may choose it."""
