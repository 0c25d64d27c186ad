"""Octets to text, for people to read: only by charsets of real text (threat M4).

Python knows codecs that decompress, or that are no charsets at all. What a message names is
looked up in this table and nowhere else.
"""

_CODECS = {
    "us-ascii": "utf-8",  # what calls itself ASCII and is not, is UTF-8 more often than not
    "ascii": "utf-8",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    # As every browser reads Latin-1 (WHATWG Encoding, "windows-1252").
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)},
    "iso-8859-8-i": "iso8859_8",
    **{f"windows-{n}": f"cp{n}" for n in range(1250, 1259)},
    **{f"cp{n}": f"cp{n}" for n in range(1250, 1259)},
    **{f"ibm{n}": f"cp{n}" for n in (437, 850, 852, 855, 857, 858, 860, 861, 862, 863, 865, 866)},
    "cp437": "cp437",
    "cp850": "cp850",
    "cp866": "cp866",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "euc-jp": "euc_jp",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-2022-kr": "iso2022_kr",
}

NAMES = tuple(_CODECS)  # of the charsets that `decode` reads


def is_known(charset: str) -> bool:
    """Whether `decode` can read the charset by its name (RFC 3501 §6.4.4: BADCHARSET if not)."""
    return charset.lower() in _CODECS


def decode(octets: bytes, charset: str = "us-ascii") -> str:
    """Text for people: never raises; what cannot be read is U+FFFD (threat M11).

    An unknown charset is read as UTF-8 where that fits and as windows-1252 otherwise.
    """
    codec = _CODECS.get(charset.lower())
    if codec is None or codec == "utf-8":
        try:
            return octets.decode("utf-8")
        except UnicodeDecodeError:
            codec = "cp1252" if codec is None or charset.lower().endswith("ascii") else "utf-8"
    text = octets.decode(codec, "replace")
    if text.isascii():
        return text
    # A lone surrogate (UTF-16 has them) could be stored or sent by nobody.
    return text.encode("utf-8", "replace").decode("utf-8")
