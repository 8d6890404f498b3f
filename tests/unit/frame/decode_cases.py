"""Writes decode_cases.h, the table of test_decode.c: assembly text, the word that the assembler makes
of it, and what it means as told here from the text's parts (never from the word). Called by unit.mk."""

import pathlib
import struct
import subprocess
import tempfile

OK, UNKNOWN, EXCLUSIVE, UNPREDICTABLE = (
    "DECODE_OK", "DECODE_UNKNOWN", "DECODE_EXCLUSIVE", "DECODE_UNPREDICTABLE")

# Mnemonic stem, register letter: load, bytes, sign_extend, sixty_four, simd.
SINGLE = {
    ("strb", "w"): (0, 1, 0, 0, 0), ("ldrb", "w"): (1, 1, 0, 0, 0),
    ("ldrsb", "w"): (1, 1, 1, 0, 0), ("ldrsb", "x"): (1, 1, 1, 1, 0),
    ("strh", "w"): (0, 2, 0, 0, 0), ("ldrh", "w"): (1, 2, 0, 0, 0),
    ("ldrsh", "w"): (1, 2, 1, 0, 0), ("ldrsh", "x"): (1, 2, 1, 1, 0),
    ("str", "w"): (0, 4, 0, 0, 0), ("ldr", "w"): (1, 4, 0, 0, 0),
    ("ldrsw", "x"): (1, 4, 1, 1, 0),
    ("str", "x"): (0, 8, 0, 1, 0), ("ldr", "x"): (1, 8, 0, 1, 0),
}
for letter, size in (("b", 1), ("h", 2), ("s", 4), ("d", 8), ("q", 16)):
    SINGLE["str", letter] = (0, size, 0, 0, 1)
    SINGLE["ldr", letter] = (1, size, 0, 0, 1)

PAIRS = {
    ("stp", "w"): (0, 4, 0, 0, 0), ("ldp", "w"): (1, 4, 0, 0, 0),
    ("ldpsw", "x"): (1, 4, 1, 1, 0),
    ("stp", "x"): (0, 8, 0, 1, 0), ("ldp", "x"): (1, 8, 0, 1, 0),
}
for letter, size in (("s", 4), ("d", 8), ("q", 16)):
    PAIRS["stp", letter] = (0, size, 0, 0, 1)
    PAIRS["ldp", letter] = (1, size, 0, 0, 1)

cases = []


def case(text, kind, rt, rn, rt2=None, offset=0, write_back=0):
    load, size, sign_extend, sixty_four, simd = kind
    if simd:
        refused(UNKNOWN, text)
        return
    cases.append((text, OK, dict(
        load=load, sign_extend=sign_extend, sixty_four=sixty_four,
        write_back=write_back, size=size, count=1 if rt2 is None else 2,
        rt=rt, rt2=rt2 or 0, rn=rn, offset=offset)))


def refused(status, *texts):
    cases.extend((text, status, {}) for text in texts)


def base(rn):
    return "sp" if rn == 31 else f"x{rn}"


def register(letter, number):
    return f"{letter}zr" if number == 31 and letter in "wx" else f"{letter}{number}"


def singles():
    for (stem, letter), kind in SINGLE.items():
        case(f"{stem} {register(letter, 31)}, [sp]", kind, 31, 31)
        case(f"{stem} {register(letter, 0)}, [sp], #16", kind, 0, 31, offset=16, write_back=1)
        rt, rn = 30, 17
        size, reg, simd = kind[1], register(letter, rt), kind[4]
        for scaled in (1, 4095):
            case(f"{stem} {reg}, [{base(rn)}, #{scaled * size}]", kind, rt, rn, offset=scaled * size)
        for offset in (-256, 255):
            unscaled = stem.replace("ldr", "ldur").replace("str", "stur")
            case(f"{unscaled} {reg}, [{base(rn)}, #{offset}]", kind, rt, rn, offset=offset)
            case(f"{stem} {reg}, [{base(rn)}], #{offset}", kind, rt, rn, offset=offset, write_back=1)
            case(f"{stem} {reg}, [{base(rn)}, #{offset}]!", kind, rt, rn, offset=offset, write_back=1)
            if not simd:
                unprivileged = stem.replace("ldr", "ldtr").replace("str", "sttr")
                case(f"{unprivileged} {reg}, [{base(rn)}, #{offset}]", kind, rt, rn, offset=offset)
        for extend in ("x5", "w6, uxtw", "w7, sxtw", "x8, sxtx"):
            case(f"{stem} {reg}, [{base(rn)}, {extend}]", kind, rt, rn)
        if size > 1:
            case(f"{stem} {reg}, [{base(rn)}, x9, lsl #{size.bit_length() - 1}]", kind, rt, rn)


def pairs():
    for (stem, letter), kind in PAIRS.items():
        case(f"{stem} {register(letter, 31)}, {register(letter, 0)}, [sp]", kind, 31, 31, 0)
        rt, rt2, rn = 30, 4, 17
        size, regs = kind[1], f"{register(letter, rt)}, {register(letter, rt2)}"
        for scaled in (-64, 63):
            offset = scaled * size
            case(f"{stem} {regs}, [{base(rn)}, #{offset}]", kind, rt, rn, rt2, offset)
            case(f"{stem} {regs}, [{base(rn)}], #{offset}", kind, rt, rn, rt2, offset, 1)
            case(f"{stem} {regs}, [{base(rn)}, #{offset}]!", kind, rt, rn, rt2, offset, 1)
            if stem != "ldpsw":
                hint = stem.replace("ldp", "ldnp").replace("stp", "stnp")
                case(f"{hint} {regs}, [{base(rn)}, #{offset}]", kind, rt, rn, rt2, offset)


def ordered():
    for suffix, letter in (("b", "w"), ("h", "w"), ("", "w"), ("", "x")):
        load, store = SINGLE[f"ldr{suffix}", letter], SINGLE[f"str{suffix}", letter]
        for stem in ("ldar", "ldlar", "ldapr"):
            case(f"{stem}{suffix} {letter}3, [x4]", load, 3, 4)
        for stem in ("stlr", "stllr"):
            case(f"{stem}{suffix} {letter}zr, [sp]", store, 31, 31)
        for offset in (-256, 255):
            case(f"ldapur{suffix} {letter}3, [x4, #{offset}]", load, 3, 4, offset=offset)
            case(f"stlur{suffix} {letter}3, [x4, #{offset}]", store, 3, 4, offset=offset)
    for stem, letter in (("sb", "w"), ("sb", "x"), ("sh", "w"), ("sh", "x"), ("sw", "x")):
        kind = SINGLE[f"ldr{stem}", letter]
        case(f"ldapur{stem} {letter}3, [x4, #-8]", kind, 3, 4, offset=-8)


def refusals():
    refused(EXCLUSIVE, "ldxr w0, [x1]", "stxr w0, w1, [x2]", "ldaxrb w0, [x1]", "stlxr w3, x0, [x1]",
            "ldxp x0, x1, [x2]", "stxp w3, x0, x1, [x2]", "cas w0, w1, [x2]",
            "casp x0, x1, x2, x3, [x4]", "casalb w0, w1, [x2]", "ldadd w0, w1, [x2]",
            "swpal x0, x1, [x2]", "stadd x0, [x1]", "ldsmaxh w0, w1, [x2]", "ldumin x0, x1, [sp]")
    refused(UNKNOWN, "prfm pldl1keep, [x0]", "prfm pstl1strm, [x0, x1]", "prfum pldl1keep, [x0, #-1]",
            "ldr x0, .", "ldr q0, .", "ldrsw x0, .", "ldraa x0, [x1]", "ldrab x0, [x1, #8]!",
            "ld1 {v0.16b}, [x0]", "st1 {v0.s}[1], [x0], #4", "ld4r {v0.8h-v3.8h}, [x1]",
            "stg x0, [x1]", "ldp q3, q3, [x0]", "stgp x0, x1, [x2]", "ldg x0, [x1]", "ldgm x0, [x1]",
            "nop", "ret", "brk #0", "mov x0, x1", "dc zva, x0", "b .", "add x0, x1, x2",
            "fadd d0, d1, d2", "ldr z0, [x0]", "ld1b {z0.b}, p0/z, [x0]", ".inst 0", ".inst 0xffffffff")
    refused(UNPREDICTABLE, ".inst 0xb8404400", "ldr x1, [x1], #8", "str w2, [x2, #4]!",
            "ldp x0, x0, [x1]", "ldp x1, x2, [x1], #16", "stp x1, x2, [x2, #16]!",
            "ldpsw x0, x1, [x0], #8")


def assemble(texts):
    with tempfile.TemporaryDirectory() as folder:
        source, binary = pathlib.Path(folder, "a.s"), pathlib.Path(folder, "a.bin")
        source.write_text(".arch armv8.5-a+memtag+sve\n" + "\n".join(texts) + "\n")
        subprocess.run(["aarch64-linux-gnu-as", "-o", f"{folder}/a.o", source], check=True,
                       stderr=subprocess.PIPE)
        subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", f"{folder}/a.o", binary],
                       check=True)
        return [word for (word,) in struct.iter_unpack("<I", binary.read_bytes())]


HEAD = """\
/* Made by decode_cases.py; see there. */
#include <pure/decode.h>
#include <stdint.h>

struct decode_expected {
	bool load, sign_extend, sixty_four, write_back;
	uint8_t size, count, rt, rt2, rn;
	int offset;
};

struct decode_case {
	const char *text;
	uint32_t word;
	enum decode_status status;
	struct decode_expected expected;
};

static const struct decode_case decode_cases[] = {"""


def main():
    singles()
    pairs()
    ordered()
    refusals()
    words = assemble([text for text, _, _ in cases])
    assert len(words) == len(cases)
    print(HEAD)
    for (text, status, fields), word in zip(cases, words):
        given = ", ".join(str(value) for value in fields.values()) or "0"
        print(f'    {{"{text}", 0x{word:08x}, {status}, {{{given}}}}},')
    print("};")


if __name__ == "__main__":
    main()
