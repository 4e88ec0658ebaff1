"""A QR code as the path of an SVG, so that a page can hold it without a script, a style or an image from elsewhere."""

from dataclasses import dataclass

import qrcode


@dataclass(frozen=True)
class QrPath:
    """`path` draws dark squares of size 1 on a field of `size` by `size`, with the quiet edge readers need."""

    size: int
    path: str


def qr_path(text: str) -> QrPath:
    """Return the QR code of a text."""
    code = qrcode.QRCode(border=4, error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    squares = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return QrPath(size=len(rows), path="".join(squares))
