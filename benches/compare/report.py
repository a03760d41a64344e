"""Rows to the table between the two markers."""

BEGIN = "<!-- compare.py writes from here -->"
END = "<!-- to here -->"
HEAD = "| what | lines | CPU s | wall s | peak MB | ratio | at least |\n|---|---|---|---|---|---|---|"


def row(what, lines=None, cpu=None, wall=None, peak=None, ratio="", aim=""):
    return {"what": what, "lines": lines, "cpu": cpu, "wall": wall, "peak": peak, "ratio": ratio, "aim": aim}


def number(value):
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def table(rows):
    lines = [HEAD]
    for r in rows:
        cells = [r["what"], number(r["lines"]), number(r["cpu"]), number(r["wall"]), number(r["peak"] and round(r["peak"])), r["ratio"], r["aim"]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(path, table):
    text = path.read_text()
    if BEGIN not in text:
        raise SystemExit(f"{path} has no line `{BEGIN}`")
    before, rest = text.split(BEGIN)
    path.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}")
