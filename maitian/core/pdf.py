"""Papers as PDF: a template of the room (Typst) and data; what stands in the data is never read as markup.

A template begins with ``#import "/core/paper.typ": *`` and reads ``#let d = json(bytes(sys.inputs.data))``. Paths
begin at the package. The font is that of the environment, so a paper looks the same on every machine.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent
FONT = "cvttf_NotoSansCJK_Regular"


class PaperFailed(RuntimeError):
    """A template that cannot be set: a fault of ours, with the diagnosis."""


@cache
def _fonts() -> Any:
    import typst

    found = importlib.util.find_spec(FONT)
    if found is None or not found.submodule_search_locations:
        raise PaperFailed(f"{FONT} is not installed")
    folder = Path(next(iter(found.submodule_search_locations)))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def paper(template: str, data: Mapping[str, Any], *, at: datetime | None = None) -> bytes:
    """The PDF (PDF/A-2b) of a template such as ``desk/papers/form.typ``, dated ``at``. Raises :class:`PaperFailed`."""
    import typst

    compiler = typst.Compiler(PACKAGE / template, root=PACKAGE, font_paths=_fonts(), ignore_system_fonts=True)
    inputs = {"data": json.dumps(data, ensure_ascii=False, default=str)}
    try:
        made, warnings = compiler.compile_with_warnings(
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["a-2b"],
            timestamp=int(at.timestamp()) if at else None,
        )
    except typst.TypstError as error:
        raise PaperFailed(f"{template}: {error.diagnostic}") from error
    if warnings or not isinstance(made, bytes):
        # A missing font is only a warning to the typesetter, and a page of empty boxes to the reader.
        raise PaperFailed(f"{template}: {'; '.join(str(warning) for warning in warnings)}")
    return made
