/*
 * What `kumiki board` says of a tree that somebody else wrote: it reads no byte behind a value, and
 * prints none that a terminal obeys.
 */
#include <host/board.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static char *said;

static void tear_down(void)
{
	free(said);
	said = NULL;
}

const struct unit_fixture unit_each = {NULL, tear_down};

static void tell(const char *tree)
{
	size_t size = 0;
	FILE *out = open_memstream(&said, &size);

	assert_non_null(out);
	board_tell("mine.dtsi", tree, out);
	assert_int_equal(fclose(out), 0);
}

static void expect(const char *words)
{
	if (!strstr(said, words))
		fail_msg("'%s' isn't in '%s'", words, said);
}

#define CORE(NUMBER, COMPATIBLE)                                                                   \
	"/ { cpus { core" NUMBER ": cpu@" NUMBER " { device_type = \"cpu\"; "                      \
	"compatible = " COMPATIBLE "; }; }; };"

TEST(a_core_without_a_letter)
{
	tell(CORE("0", "\"arm,cortex-\"") CORE("1", "\"arm,cortex-a53\"")
	         CORE("2", "\"arm,cortex-a53\""));
	expect("cores: 1 \"arm,cortex-\" (core0)\n");
	expect("cores: 2 Cortex-A53 (core1, core2)\n");
}

#define DEVICE(NAME, COMPATIBLE)                                                                   \
	"/ { soc { #address-cells = <1>; #size-cells = <1>; compatible = \"simple-bus\"; "         \
	"ranges; " NAME ": dev@" NAME " { compatible = " COMPATIBLE "; reg = <0x" NAME             \
	" 0x1000>; }; }; };"

TEST(a_devices_compatible_is_tame)
{
	tell(DEVICE("a000", "\"acme,\\n\\x1b[31mred\"") DEVICE("b000", "[61 62 63]"));
	expect("a000 (0xa000, \"acme,\\x0a\\x1b[31mred\")");
	expect("b000 (0xb000, \"no compatible\")");
	assert_null(strchr(said, '\x1b'));
}

TEST(a_boards_name_is_tame)
{
	tell("/ { model = \"\\x1b[2J\"; compatible = \"acme,\\x07\"; };");
	expect("board: \\x1b[2J (\"acme,\\x07\")\n");
}
