"""Describes exceptions: what, and where in the repository's files."""
LONGEST, FIRST_FRAMES, LAST_FRAMES = 2000, 5, 10


def text_of(e):
    try:
        text = str(e)
    except BaseException:
        text = "(its text can't be read)"
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def describe(e, ours):
    """ours reports whether a file is one of the repository."""
    out = {"type": type(e).__name__, "message": text_of(e)}
    if isinstance(e, ModuleNotFoundError) and isinstance(e.name, str):
        out["module"] = e.name
    if isinstance(e, SyntaxError) and isinstance(e.filename, str) and ours(e.filename):
        out["message"], out["trace"] = e.msg, [{"file": e.filename, "line": e.lineno or 0, "in": "<module>"}]
        return out
    frames, tb = [], e.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        if ours(code.co_filename):
            frames.append({"file": code.co_filename, "line": tb.tb_lineno, "in": code.co_name})
        tb = tb.tb_next
    if len(frames) > FIRST_FRAMES + LAST_FRAMES:
        out["omitted"] = len(frames) - FIRST_FRAMES - LAST_FRAMES
        frames = frames[:FIRST_FRAMES] + frames[-LAST_FRAMES:]
    out["trace"] = frames
    return out
