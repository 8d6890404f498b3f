/*
 * What is found out about a program from its ELF file. The small program of the fuzzer's corpus has
 * this source, with text at 0x40200000, and constants and data each in a page behind it:
 *
 *   struct node { struct node *next, *prev; long (*show)(struct node *node); unsigned int number;
 * }; static long show(struct node *node) { return node->number; } static long none(struct node
 * *node) { return 0; } long (*const table[4])(struct node *node) = {show, none, 0, show}; struct
 * node first = {&last, 0, show, 1}; static struct node last = {0, &first, none, 2}; struct node
 * *head = &first; static struct node *volatile nodes[3];
 */
#include <elf.h>
#include <facts/facts.h>
#include <facts/program.h>
#include <host/complaints.h>
#include <host/files.h>
#include <kumiki/bundle.h>
#include <lib/rules.h>
#include <modules/modules.h>
#include <rules/rules.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define PROGRAM "tests/fuzz/corpus/small-program"
#define PAGE    0x1000u

static struct arena arena;
static uint8_t *file;
static size_t file_size;

static void set_up(void)
{
	char *data = NULL;

	assert_int_equal(
	    file_access_system.read(NULL, &arena, PROGRAM, 1u << 20, &data, &file_size), 0);
	file = (uint8_t *)data;
}

static void tear_down(void)
{
	arena_free(&arena);
	arena = (struct arena){0};
}

const struct unit_fixture unit_each = {set_up, tear_down};

static Elf64_Ehdr *head(void)
{
	return (Elf64_Ehdr *)(void *)file;
}

static Elf64_Shdr *section(uint32_t index)
{
	return (Elf64_Shdr *)(void *)(file + head()->e_shoff) + index;
}

enum { TEXT = 1, CONSTANTS, DATA, TYPES = 5, SYMBOLS };

static void expect_missing(const char *words)
{
	const struct watchfacts *facts = NULL;
	const char *missing = facts_find(&facts, &arena, file, file_size);

	assert_non_null(missing);
	if (strstr(missing, words) == NULL)
		fail_msg("'%s' isn't in '%s'", words, missing);
}

TEST(test_facts)
{
	const struct watchfacts *facts = NULL;

	assert_null(facts_find(&facts, &arena, file, file_size));
	assert_int_equal(facts->kind, WATCHFACTS_PROGRAM);
	assert_int_equal(facts->linked + PAGE, 0x40200000);
	assert_int_equal(facts->text, PAGE);
	assert_int_equal(facts->text_end, 2 * PAGE);
	assert_int_equal(facts->constants_end, 3 * PAGE);
	assert_int_equal(facts->image_size, 4 * PAGE);
	assert_int_equal(facts->size, sizeof(*facts) + 2 * PAGE);
	assert_memory_equal(facts + 1, file + section(TEXT)->sh_offset, section(TEXT)->sh_size);
	assert_memory_equal((const uint8_t *)(facts + 1) + PAGE,
	                    file + section(CONSTANTS)->sh_offset, section(CONSTANTS)->sh_size);
	assert_memory_equal(facts->banner, "program ", 8);
	assert_non_null(strstr(facts->banner, " at 0x40200000"));
	assert_int_equal(facts->open, 0);
	assert_int_equal(facts->modules, 0);
}

/* The header of an arm64 Image is a program's first bytes. */
TEST(test_word_that_is_completed)
{
	const struct watchfacts *facts = NULL;
	const uint32_t magic = ARM64_IMAGE_MAGIC;

	memcpy(file + section(TEXT)->sh_offset + 56, &magic, sizeof(magic));
	section(TEXT)->sh_size = 64;
	assert_null(facts_find(&facts, &arena, file, file_size));
	assert_int_equal(facts->open, PAGE + 16);
}

/* The page with data isn't watched, but what is in it is still text. */
TEST(test_text_beside_data)
{
	const struct watchfacts *facts = NULL;

	section(TEXT)->sh_size = PAGE + 100;
	section(CONSTANTS)->sh_flags = 0;
	section(DATA)->sh_addr = section(TEXT)->sh_addr + PAGE + 100;
	assert_null(facts_find(&facts, &arena, file, file_size));
	assert_int_equal(facts->text_end, 2 * PAGE);
	assert_int_equal(facts->constants_end, 2 * PAGE);
	assert_int_equal(facts->shared, 100);
	section(TEXT)->sh_size = 3 * PAGE;
	expect_missing("no page of 4 KiB without data");
}

TEST(test_no_modules)
{
	struct modules_set set;

	assert_string_equal(modules_open(&set, &arena, file, file_size), "it loads no modules");
}

/* ---- what is no such program ---- */

TEST(test_wrong_files)
{
	head()->e_ident[EI_CLASS] = ELFCLASS32;
	expect_missing("32 bits");
	head()->e_ident[EI_CLASS] = ELFCLASS64;
	head()->e_machine = EM_X86_64;
	expect_missing("another machine");
	head()->e_machine = EM_AARCH64;
	head()->e_type = ET_REL;
	expect_missing("it isn't linked");
	head()->e_type = ET_EXEC;
	section(TYPES)->sh_name = 0;
	expect_missing("it has no types");
	section(SYMBOLS)->sh_type = SHT_PROGBITS;
	expect_missing("it has no symbols");
	section(TEXT)->sh_flags |= SHF_WRITE;
	expect_missing("no text that is read-only");
	section(TEXT)->sh_flags &= ~(uint64_t)SHF_WRITE;
	section(DATA)->sh_addr = section(TEXT)->sh_addr + 8;
	expect_missing("no page of 4 KiB without data");
	head()->e_shnum = 0;
	expect_missing("no sections");
	file_size = sizeof(Elf64_Ehdr) - 1;
	expect_missing("damaged");
}

/* A vmlinux has all that a program has. */
TEST(test_linux_is_refused)
{
	static const char name[] = "linux_banner";
	Elf64_Sym *symbol = (Elf64_Sym *)(void *)(file + section(SYMBOLS)->sh_offset);
	const Elf64_Shdr *names = section(section(SYMBOLS)->sh_link);

	while (ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT)
		symbol++;
	symbol->st_name = (Elf64_Word)(names->sh_size - sizeof(name));
	memcpy(file + names->sh_offset + symbol->st_name, name, sizeof(name));
	expect_missing("it is a Linux");
}

/* Linked to 0, it has to be one that can lie anywhere. */
TEST(test_addresses)
{
	const struct watchfacts *facts = NULL;

	head()->e_type = ET_DYN;
	assert_null(facts_find(&facts, &arena, file, file_size));
	assert_int_equal(facts->linked, 0);
	head()->e_type = ET_EXEC;
	((Elf64_Phdr *)(void *)(file + head()->e_phoff))->p_vaddr = 0;
	expect_missing("address 0");
	((Elf64_Phdr *)(void *)(file + head()->e_phoff))->p_vaddr = 0x10000000;
	expect_missing("64 MiB");
}

/* Each word of the headers, and others at random: other facts, or a refusal. */
TEST(test_damaged_files)
{
	const struct watchfacts *facts = NULL;

	for (size_t i = 0; i < 3000; i++) {
		uint8_t *word = file + (i < 300 ? 2 * i : (size_t)random() % (file_size - 4));
		uint8_t before[4];

		memcpy(before, word, sizeof(before));
		memset(word, i % 3 == 0 ? 0xff : (int)(random() & 0xff), 1 + i % 4);
		(void)facts_find(&facts, &arena, file, file_size);
		memcpy(word, before, sizeof(before));
		if (i % 100 == 0) {
			tear_down();
			set_up();
		}
	}
}

/* ---- rules ---- */

static char *explain(const char *text)
{
	static const struct dts_file source = {.name = "file", .folder = ""};
	struct complaints complaints = {.arena = &arena};
	struct rules_kernel_file kernel;
	struct rules_made *made = NULL;
	char *said = NULL;
	size_t size;
	FILE *out = open_memstream(&said, &size);

	assert_null(rules_open(&kernel, &arena, file, file_size));
	(void)rules_make(&kernel, &complaints, &source, text, &made);
	complaints_print(&complaints, out);
	for (; made != NULL; made = made->next) {
		assert_null(rule_check(made->rule, made->rule->size, kernel.number));
		rules_explain(&kernel, made->rule, out);
	}
	(void)fclose(out);
	return said;
}

static void expect_explained(const char *text, const char *words)
{
	char *said = explain(text);

	if (strstr(said, words) == NULL)
		fail_msg("'%s' isn't in '%s'", words, said);
	free(said);
}

/* Variables that no other file sees, pointers, and tables with gaps. */
TEST(test_variables)
{
	expect_explained("variable table is a function[4]\nrule a\n"
	                 " each function f in table table\n must f as built\n say '{slot}'\n",
	                 "it is the image's own: show, … show\n");
	expect_explained("variable last is a node\nrule a\n each node n in one last\n"
	                 " must n.show in text\n mend n.show to none\n say '{n.number}'\n",
	                 "a mend puts none there\n");
	expect_explained("variable head is a node*\nrule a\n each node n in chain head by next\n"
	                 " must n.number != 0\n say '{n.number}'\n",
	                 "linked at offset 0; it begins at\n    the address of the image + 0x3000\n"
	                 "    read 8 bytes there\n");
	expect_explained("variable nodes is a node*[3]\nrule a\n each node n in pointers nodes\n"
	                 " must n.number != 0\n say '{n.number}'\n",
	                 "what pointers lead to, 3 of them; it begins at\n");
}

TEST(test_list_of_its_own)
{
	expect_explained("variable head is a node*\nrule a\n each node n in chain head by next\n"
	                 " must n leads back by next and prev\n mend\n say '{n.number}'\n",
	                 "its neighbours at 0 and 8, if there are any, lead back to it\n");
	expect_explained("variable head is a node*\nrule a\n each node n in chain head by next\n"
	                 " must n leads back by next and number\n say 'a'\n",
	                 "'number' is no pointer to another such object");
	expect_explained("variable head is a node*\nrule a\n each node n in chain head by next\n"
	                 " must n leads back by next\n say 'a'\n",
	                 "'leads back by' isn't written so");
	expect_explained("variable head is a node*\nrule a\n each node n in chain head by next\n"
	                 " must head leads back by next and prev\n say 'a'\n",
	                 "'leads back by' isn't written so");
}

TEST(test_mistakes)
{
	expect_explained("variable tail is a node\n", "this kernel doesn't name 'tail'");
	expect_explained("variable head is a leaf*\n", "no pointer 'leaf*' to a structure");
	expect_explained("variable nodes is a node*[4]\n",
	                 "file:1:21: error: 'nodes' has 24 bytes, and such a type has more");
	expect_explained("variable head is a node\n", "'head' has 8 bytes");
	expect_explained("rule a\n on module\n", "'module' is an event of a Linux alone");
	expect_explained("rule a\n on refusal\n", "'refusal' is an event of a Linux alone");
}
