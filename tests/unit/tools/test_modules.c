/*
 * The list of modules that a watched Linux may load: of Debian's own modules what a watcher needs
 * to compare them, and of other files and damaged ones a refusal in words. Shows: prevent.list.
 */
#include <glob.h>
#include <host/files.h>
#include <modules/modules.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define DEBIAN   "build/debian/linux/"
#define FILE_MAX (64u << 20)
#define DAMAGES  400u
#define NOP      0xd503201fu

struct content {
	uint8_t *bytes;
	size_t size;
};

static struct arena arena;
static struct modules_set set, begun;

static struct content load(const char *path)
{
	char *data = NULL;
	size_t size = 0;

	if (file_access_system.read(NULL, &arena, path, FILE_MAX, &data, &size) != 0)
		fail_msg("%s can't be read", path);
	return (struct content){(uint8_t *)data, size};
}

static const char *add(const char *path)
{
	const struct content file = load(path);

	return modules_add(&set, path, file.bytes, file.size);
}

static void set_up(void)
{
	set = begun;
}

static void begin(void)
{
	const struct content image = load(DEBIAN "Image");

	assert_null(modules_open(&begun, &arena, image.bytes, image.size));
}

static void end(void)
{
	arena_free(&arena);
}

const struct unit_fixture unit_all = {begin, end};
const struct unit_fixture unit_each = {set_up, NULL};

/* ---- what is right ---- */

static uint32_t word_at(const struct modules_part *part, uint32_t place)
{
	uint32_t word;

	assert_in_range(place, 0, part->size - sizeof(word));
	memcpy(&word, part->text + place, sizeof(word));
	return word;
}

/* Behind the page where the code ends. */
static void expect_constant(const struct modules_part *part, const struct watchmodules_site *site)
{
	assert_in_range(site->place, (part->code + 4095) / 4096 * 4096, part->size - 4);
}

/* Each site lies behind the one before it, and has what it is about. */
static void expect_sites(const struct modules_part *part)
{
	for (uint32_t i = 0; i < part->count; i++) {
		const struct watchmodules_site *site = &part->site[i];
		const uint32_t word = word_at(part, site->place);

		assert_true(i == 0 || site[-1].place < site->place ||
		            site[-1].kind == WATCHMODULES_ALTERNATIVE);
		switch (site->kind) {
		case WATCHMODULES_BRANCH:
			assert_int_equal(word & 0x7c000000, 0x14000000);
			break;
		case WATCHMODULES_PAGE:
			assert_int_equal(word & 0x9f000000, 0x90000000);
			break;
		case WATCHMODULES_TRACED:
			assert_int_equal(word, NOP);
			assert_int_equal(word_at(part, site->place + 4), NOP);
			break;
		case WATCHMODULES_JUMP:
			assert_true(word == NOP || word >> 26 == 5);
			(void)word_at(part, (uint32_t)site->value);
			break;
		case WATCHMODULES_PLT:
		case WATCHMODULES_TRACERS:
			assert_int_equal(word, 0);
			(void)word_at(part, site->place + (uint32_t)site->value * 12 - 4);
			break;
		case WATCHMODULES_POINTER:
			(void)word_at(part, site->place + 4);
			/* fall through */
		case WATCHMODULES_DISTANCE:
			expect_constant(part, site);
			break;
		default:
			assert_in_range(site->kind, 0, WATCHMODULES_KINDS - 1);
		}
	}
}

TEST(test_debians_modules)
{
	const struct watchmodules *all;
	const struct watchmodules_module *module;
	glob_t paths;

	assert_int_equal(glob(DEBIAN "modules*/*.ko", 0, NULL, &paths), 0);
	assert_in_range(paths.gl_pathc, 30, WATCHMODULES_MOST);
	for (size_t i = 0; i < paths.gl_pathc; i++)
		assert_null(add(paths.gl_pathv[i]));
	for (uint32_t i = 0; i < set.count; i++) {
		assert_null(modules_make(&set, &set.file[i]));
		expect_sites(&set.file[i].part[WATCHMODULES_CORE]);
		expect_sites(&set.file[i].part[WATCHMODULES_INIT]);
	}
	all = modules_join(&set);
	assert_int_equal(all->count, paths.gl_pathc);
	module = (const struct watchmodules_module *)(all + 1);
	for (uint32_t i = 0; i < all->count; i++) {
		const struct watchmodules_text *text = module[i].part;

		assert_string_equal(module[i].name, set.file[i].name);
		for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++, text++) {
			assert_true(text->text + text->size <= text->sites);
			assert_int_equal(text->code, set.file[i].part[part].code);
			assert_true(text->sites + text->count * sizeof(struct watchmodules_site) <=
			            all->size);
			assert_memory_equal((const uint8_t *)all + text->text,
			                    set.file[i].part[part].text, text->size);
		}
	}
	globfree(&paths);
}

/* A function of another module's, a variable of the kernel's, and the names. */
TEST(test_targets)
{
	const struct watchmodules_site *site;
	uint32_t others = 0, place;

	assert_null(add(DEBIAN "modules/failover.ko"));
	assert_null(add(DEBIAN "modules/net_failover.ko"));
	assert_null(add(DEBIAN "modules/virtio-rng.ko"));
	assert_string_equal(set.file[2].name, "virtio_rng");
	assert_null(modules_make(&set, &set.file[1]));
	site = set.file[1].part[WATCHMODULES_CORE].site;
	for (uint32_t i = 0; i < set.file[1].part[WATCHMODULES_CORE].count; i++)
		if (site[i].base == WATCHMODULES_OF_OTHER) {
			assert_int_equal(site[i].other, 0);
			assert_int_equal(site[i].kind, WATCHMODULES_BRANCH);
			others++;
		}
	assert_in_range(others, 2, 10); /* failover_register and failover_unregister */
	assert_true(exports_place(&set.exports, "init_task", &place));
	assert_false(exports_place(&set.exports, "init_tas", &place));
	assert_false(exports_place(&set.exports, "failover_register", &place));
}

static const struct modules_part *made(const char *path)
{
	assert_null(add(path));
	assert_null(modules_make(&set, &set.file[set.count - 1]));
	return &set.file[set.count - 1].part[WATCHMODULES_CORE];
}

/* The symbol of a module's own; 0: it has none of the name. */
static uint32_t symbol_of(const struct object *object, const char *name)
{
	uint32_t i = object->symbols;

	while (--i > 0 && strcmp(object->symbol[i].name, name) != 0)
		;
	return i;
}

static uint64_t place_of(const char *name)
{
	const struct modules_file *file = &set.file[set.count - 1];
	const struct object_symbol *symbol = &file->object.symbol[symbol_of(&file->object, name)];

	return file->layout.place[symbol->section].offset + symbol->value;
}

static const struct watchmodules_site *site_at(const struct modules_part *part, uint64_t place)
{
	for (uint32_t i = 0; i < part->count; i++)
		if (part->site[i].place == place)
			return &part->site[i];
	fail_msg("no site is at 0x%lx", (unsigned long)place);
	return NULL;
}

/* Operations that lead to the module's own function, and to a text of them; distances are there. */
TEST(test_constants)
{
	const struct modules_part *part = made(DEBIAN "modules/virtio_blk.ko");
	const uint64_t functions = place_of("virtio_mq_ops"); /* .queue_rq comes first */
	const struct watchmodules_site *site = site_at(part, functions);
	const struct layout *layout = &set.file[0].layout;
	uint32_t table = object_find(&set.file[0].object, ".altinstructions", 0);
	uint64_t at = layout->place[table].offset;

	assert_int_equal(site->kind, WATCHMODULES_POINTER);
	assert_int_equal(site->base, WATCHMODULES_OF_CORE);
	assert_int_equal(site->value, place_of("virtio_queue_rq"));
	assert_in_range(site->value, 0, part->code - 4);
	assert_in_range(at, part->code, part->size - 4);
	assert_in_range((uint32_t)at + word_at(part, (uint32_t)at), 0,
	                part->code - 4); /* an instruction */
	assert_int_equal(layout->place[table].kind, LAYOUT_CONSTANT);
	table = object_find(&set.file[0].object, "__jump_table", 0);
	assert_int_equal(layout->place[table].kind, LAYOUT_AFTER_INIT);
	assert_in_range(layout->place[table].offset, part->size, part->size + 4095);
}

/* ---- what isn't ---- */

TEST(test_refusals)
{
	char version[32], image[32];
	const char *why;
	uint8_t *bytes;
	struct content file;
	int end = 0;

	assert_string_equal(add("README.md"), "is no kernel module; unpack it if it is compressed");
	assert_string_equal(modules_add(&set, "", (const uint8_t *)"", 0), "is no kernel module");
	why = add("build/debian/linux-rt/modules/uio.ko");
	assert_int_equal(sscanf(why,
	                        "is for the kernel '%31[0-9.-]rt-arm64', and the image is "
	                        "'%31[0-9.-]arm64'%n",
	                        version, image, &end),
	                 2);
	assert_string_equal(version, image);
	assert_int_equal(why[end], '\0');
	assert_null(add(DEBIAN "modules/uio.ko"));
	assert_string_equal(add(DEBIAN "modules/uio.ko"),
	                    "is the module 'uio' once more; " DEBIAN "modules/uio.ko is, too");
	assert_null(add(DEBIAN "modules/net_failover.ko"));
	assert_string_equal(modules_make(&set, &set.file[1]),
	                    "needs 'failover_register', which neither the kernel nor one of these "
	                    "modules exports: name the file of the module that does, too; "
	                    "this one depends on failover");
	file = load(DEBIAN "modules/failover.ko");
	bytes = memmem(file.bytes, file.size, "vermagic=", 9);
	bytes[0] = 'x';
	assert_string_equal(modules_add(&set, "", file.bytes, file.size), "is no kernel module");
	bytes[0] = 'v';
	file.bytes[18] = EM_X86_64;
	assert_string_equal(modules_add(&set, "", file.bytes, file.size),
	                    "is no kernel module for arm64");
	file.bytes[18] = EM_AARCH64;
	while ((bytes = memmem(file.bytes, file.size, "failover\0\0\0\0", 12)) != NULL)
		bytes[0] = 0;
	assert_string_equal(modules_add(&set, "", file.bytes, file.size),
	                    "has no name, so it is no whole kernel module");
	assert_int_equal(set.count, 2);
}

/* Changes a relocation of a section, makes the module of it, and changes it back. */
static const char *with_relocation(const struct content *file, const char *name, uint64_t index,
                                   const Elf64_Rela *wrong)
{
	struct object *object = &set.file[0].object;
	const uint32_t table = object_relocations(object, object_find(object, name, 0), 0);
	const uint64_t at =
	    (uint64_t)(object->section[table].bytes - file->bytes) + index * sizeof(*wrong);
	Elf64_Rela was;
	const char *why;

	memcpy(&was, file->bytes + at, sizeof(was));
	memcpy(file->bytes + at, wrong, sizeof(was));
	memset(set.file[0].part, 0, sizeof(set.file[0].part));
	why = modules_make(&set, &set.file[0]);
	memcpy(file->bytes + at, &was, sizeof(was));
	return why;
}

static Elf64_Rela relocation_of(const char *name, uint64_t index)
{
	const struct object *object = &set.file[0].object;
	const uint32_t table = object_relocations(object, object_find(object, name, 0), 0);
	struct object_relocation is;

	assert_true(object_relocation(object, table, index, &is));
	return (Elf64_Rela){is.offset, ELF64_R_INFO((uint64_t)is.symbol, is.type),
	                    (int64_t)is.addend};
}

/* What is about constants: another kind of relocation, an odd place, and exceptions in another
 * order. */
TEST(test_refused_constants)
{
	const struct content file = load(DEBIAN "modules/virtio_blk.ko");
	const struct content usb = load(DEBIAN "modules-pci/usbcore.ko");
	Elf64_Rela wrong;

	assert_null(modules_add(&set, "", file.bytes, file.size));
	wrong = relocation_of(".rodata", 0);
	wrong.r_info = wrong.r_info >> 32 << 32 | R_AARCH64_ABS32;
	assert_string_equal(with_relocation(&file, ".rodata", 0, &wrong),
	                    "has a relocation of type 258 in its constants; nobody can check that");
	wrong = relocation_of(".rodata", 0);
	wrong.r_offset++;
	assert_string_equal(with_relocation(&file, ".rodata", 0, &wrong),
	                    "is damaged: copy it anew from its package");
	set = begun;
	assert_null(modules_add(&set, "", usb.bytes, usb.size));
	assert_null(add(DEBIAN "modules-pci/usb-common.ko"));
	assert_null(modules_make(&set, &set.file[0]));
	wrong = relocation_of("__ex_table", 0);
	wrong.r_addend += 1 << 20;
	assert_string_equal(with_relocation(&usb, "__ex_table", 0, &wrong),
	                    "has a table of exceptions that isn't sorted; nobody can check that");
}

/* ---- damage ---- */

/* All of what is read lies inside, whatever comes of it. */
static void use(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	set = begun;
	if (modules_add(&set, "damaged", copy, size) == NULL &&
	    modules_make(&set, &set.file[0]) == NULL) {
		expect_sites(&set.file[0].part[WATCHMODULES_CORE]);
		expect_sites(&set.file[0].part[WATCHMODULES_INIT]);
		assert_non_null(modules_join(&set));
	}
	free(copy);
}

static uint64_t random_below(uint64_t limit)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (state >> 33) % limit;
}

/* Wild numbers where sections, symbols and relocations have theirs. */
TEST(test_damaged_files)
{
	static const uint64_t wild[] = {
	    0, 1, 7, 0xff, 0xffff, 0x7fffffff, UINT32_MAX, 1ULL << 63, UINT64_MAX, UINT64_MAX - 7};
	struct content file = load(DEBIAN "modules/virtio_blk.ko");
	Elf64_Ehdr head;

	memcpy(&head, file.bytes, sizeof(head));
	for (uint32_t i = 0; i < DAMAGES; i++) {
		/* A byte anywhere, a word of a section's head, or one of a table. */
		const uint64_t section =
		    head.e_shoff + random_below(head.e_shnum) * sizeof(Elf64_Shdr);
		Elf64_Shdr of;
		uint64_t at = random_below(file.size - 8), was;

		memcpy(&of, file.bytes + section, sizeof(of));
		if (i % 3 == 1)
			at = section + random_below(sizeof(of) / 8) * 8;
		else if (i % 3 == 2 && (of.sh_type == SHT_RELA || of.sh_type == SHT_SYMTAB))
			at = of.sh_offset + random_below(of.sh_size / 8) * 8;
		memcpy(&was, file.bytes + at, sizeof(was));
		memcpy(file.bytes + at, &wild[random_below(sizeof(wild) / sizeof(wild[0]))],
		       i % 2 == 0 ? 8 : 4);
		use(file.bytes, file.size);
		memcpy(file.bytes + at, &was, sizeof(was));
	}
	for (uint32_t i = 0; i < DAMAGES; i++)
		use(file.bytes, random_below(file.size));
	use(file.bytes, file.size);
	assert_int_equal(set.count, 1);
}
