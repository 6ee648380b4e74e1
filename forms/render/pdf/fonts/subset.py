"""Cuts Noto Serif SC down to the two faces that package pdf embeds.

usage: python3 subset.py NotoSerifSC_400Regular.ttf NotoSerifSC_700Bold.ttf

Needs fontTools (Debian: python3-fonttools). README.md beside this file says where the
sources come from, what the faces hold and why.
"""
import gzip, io, sys
from fontTools import subset
from fontTools.ttLib import TTFont


def code(encoding, lead):
    """The code points that two-byte codes with the given lead bytes stand for."""
    found = set()
    for hi in lead:
        for lo in range(0x40, 0xFF):
            try:
                text = bytes([hi, lo]).decode(encoding)
            except UnicodeDecodeError:
                continue
            if len(text) == 1 and not 0xE000 <= ord(text) < 0xF900:
                found.add(ord(text))
    return found


SIGNS = code("gb2312", range(0xA1, 0xAA)) | {
    c
    for first, last in [
        (0x20, 0x7E), (0xA0, 0x17F),        # Latin, with the tones of pinyin
        (0x2010, 0x204F), (0x20A0, 0x20BF), (0x2100, 0x21FF), (0x2200, 0x229F),
        (0x2460, 0x24FF), (0x2500, 0x257F), (0x25A0, 0x267F), (0x2713, 0x2718),
        (0x3000, 0x302F), (0x3200, 0x33FF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF),
    ]
    for c in range(first, last + 1)
}
# Regular sets names of people and places: GBK, and all of the two blocks that GB 18030-2022,
# implementation level 1, asks for. Bold sets titles and totals: GB 2312.
FACES = {
    "Regular": SIGNS | code("gbk", range(0x81, 0xFF)) | set(range(0x3400, 0x4DC0)) | set(range(0x4E00, 0xA000)),
    "Bold": SIGNS | code("gb2312", range(0xB0, 0xF8)),
}

for (name, wanted), source in zip(FACES.items(), sys.argv[1:], strict=True):
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"])
    options.drop_tables += ["vhea", "vmtx", "VORG", "GSUB", "GPOS", "GDEF", "BASE", "DSIG", "gasp", "STAT"]
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    plain = io.BytesIO()
    font.save(plain)
    with open(f"NotoSerifSC-{name}.ttf.gz", "wb") as out, gzip.GzipFile("", "wb", 9, out, 0) as packed:
        packed.write(plain.getvalue())
    print(name, len(font.getBestCmap()), "characters,", plain.tell(), "bytes")
