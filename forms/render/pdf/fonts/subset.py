"""Cuts the faces that package pdf embeds.

usage: python3 subset.py NotoSerifSC_400Regular.ttf NotoSerifSC_700Bold.ttf HanaMinB.ttf Unihan_IRGSources.txt.bz2

Needs fontTools (Debian: python3-fonttools). README.md beside this file says where the
sources come from, what the faces hold and why.
"""
import bz2, sys
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
# The sources of Unihan (UAX 38, kIRG_GSource) that collect names, places and modern words:
# identity cards, surveying, law and press, encyclopaedias and the large dictionaries of words.
SOURCES = set("G4K GBK GCH GCY GCYY GDZ GFC GGFZ GGH GHC GIDC GJZ GKJ GLGYJ GOCD GPGLG GRM GU GXC GXHZ GZA GZH".split())


def rare(unihan):
    """Characters beyond U+FFFF that names are written with; 𠮷 though China lists it nowhere."""
    found = {0x20BB7}
    with bz2.open(unihan, "rt", encoding="utf-8") as lines:
        for line in lines:
            part = line.rstrip("\n").split("\t")
            if len(part) == 3 and part[1] == "kIRG_GSource" and part[2].split("-")[0] in SOURCES:
                found.add(int(part[0][2:], 16))
    return {c for c in found if c > 0xFFFF}


noto, bold, hana, unihan = sys.argv[1:]
beyond = {c for c in TTFont(noto, lazy=True).getBestCmap() if c > 0xFFFF}
# Regular sets names of people and places: GBK, all of the two blocks that GB 18030-2022,
# implementation level 1, asks for, and what its source has beyond U+FFFF. Bold sets titles
# and totals: GB 2312. Rare has what Regular lacks beyond U+FFFF.
FACES = {
    "NotoSerifSC-Regular": (noto, SIGNS | code("gbk", range(0x81, 0xFF)) | set(range(0x3400, 0x4DC0)) | set(range(0x4E00, 0xA000)) | beyond),
    "NotoSerifSC-Bold": (bold, SIGNS | code("gb2312", range(0xB0, 0xF8))),
    "RareHan": (hana, rare(unihan) - beyond),
}

for name, (source, wanted) in FACES.items():
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"])
    options.drop_tables += ["vhea", "vmtx", "VORG", "GSUB", "GPOS", "GDEF", "BASE", "DSIG", "gasp", "STAT", "FFTM", "PfEd"]
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    if name == "RareHan":  # a face of its own, under a name of its own
        font["name"].names = [n for n in font["name"].names if n.platformID == 3 and n.langID == 0x409]
        for n in font["name"].names:
            n.string = {1: name, 3: name + " 1", 4: name, 6: name}.get(n.nameID, str(n))
    font.save(name + ".ttf")
    print(name, len(font.getBestCmap()), "characters")
