/*
 * Words for QEMU, which `kumiki run` gives it: the files of kumiki,qemu-args, and whether
 * kumiki,qemu-device names what QEMU has. Only usual devices are known here.
 */
#include "build.h"
#include <errno.h>
#include <lib/nearest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

/* A file's name counts from the folder of the source that names it, like an image's name. Other
 * options and names with a protocol ("fat:", "json:") stay as they are written. */

#define QEMU_BLANKS " \t\n"
#define QEMU_PARTS  QEMU_BLANKS ","

enum qemu_kind { QEMU_DISK, QEMU_FILE, QEMU_FOLDER, QEMU_MADE }; /* MADE: QEMU makes the file */

/* Options of QEMU, and their keys that name a file. */
static const struct qemu_key {
	const char *option, *key;
	enum qemu_kind kind;
} qemu_keys[] = {
    {"drive", "file", QEMU_DISK},        {"drive", "filename", QEMU_DISK},
    {"blockdev", "filename", QEMU_DISK}, {"device", "file", QEMU_FILE},
    {"fsdev", "path", QEMU_FOLDER},      {"virtfs", "path", QEMU_FOLDER},
    {"chardev", "path", QEMU_MADE},
};
#define QEMU_KEYS (sizeof(qemu_keys) / sizeof(qemu_keys[0]))

/* The word behind an option: its value. */
struct qemu {
	struct build *build;
	struct dts_place place;
	const char *option, *word;
};

/* The key of a part of an option's value, like "file.filename=disk.img"; NULL: it names no file. */
static const struct qemu_key *qemu_key(const char *option, const char *part)
{
	const size_t length = strcspn(part, "=,");

	for (size_t i = 0; i < QEMU_KEYS && option && part[length] == '='; i++) {
		const size_t size = strlen(qemu_keys[i].key);

		if (!strcmp(option, qemu_keys[i].option) && length >= size &&
		    !strncmp(part + length - size, qemu_keys[i].key, size) &&
		    (length == size || part[length - size - 1] == '.'))
			return &qemu_keys[i];
	}
	return NULL;
}

/* The length of a value up to the next comma. Two commas don't end it: they are one comma of the
 * value. */
static size_t qemu_value_length(const char *value)
{
	size_t length = 0;

	while (value[length] && (value[length] != ',' || value[length + 1] == ','))
		length += value[length] == ',' ? 2 : 1;
	return length;
}

static const char *qemu_unescape(struct arena *arena, const char *value, size_t length)
{
	char *text = arena_alloc(arena, length + 1), *to = text;

	for (size_t i = 0; i < length; i += value[i] == ',' ? 2 : 1)
		*to++ = value[i];
	return text;
}

static const char *qemu_escape(struct arena *arena, const char *text)
{
	char *escaped = arena_alloc(arena, 2 * strlen(text) + 1), *to = escaped;

	for (; *text; text++) {
		*to++ = *text;
		if (*text == ',')
			*to++ = ',';
	}
	return escaped;
}

/* True if this is a file's name without a protocol, by QEMU's rule. */
static bool qemu_plain(const char *name)
{
	return *name && name[strcspn(name, ":/")] != ':';
}

static bool qemu_is_there(const struct qemu *qemu, const char *path)
{
	const struct file_access *access = qemu->build->search.access;
	uint64_t size;
	char head;

	return access->peek(access->context, path, &head, 1, &size) != ENOENT;
}

static void qemu_missing(const struct qemu *qemu, enum qemu_kind kind, const char *path)
{
	const bool raw = strstr(qemu->word, "format=qcow2") == NULL;
	struct arena *arena = qemu->build->arena;
	const char *remedy = "check its name";

	if (kind == QEMU_DISK)
		remedy = arena_format(arena, "build it, or make an empty disk: %s %s%s",
		                      raw ? "truncate -s 64M" : "qemu-img create -f qcow2", path,
		                      raw ? "" : " 64M");
	else if (kind == QEMU_FOLDER)
		remedy = arena_format(arena, "make the folder: mkdir -p %s", path);
	complain_warning(&qemu->build->complaints, qemu->place,
	                 "'%s', which QEMU opens for -%s, isn't there; %s", path, qemu->option,
	                 remedy);
}

/* The path of a file by its name in the source. */
static const char *qemu_file(const struct qemu *qemu, enum qemu_kind kind, const char *name)
{
	const char *path = name, *found;
	int error;

	if (!qemu_plain(name))
		return name;
	if (name[0] != '/')
		path = arena_format(qemu->build->arena, "%s%s", qemu->place.file->folder, name);
	if (kind == QEMU_MADE || qemu_is_there(qemu, path))
		return path;
	found = images_find(qemu->build, qemu->place, name, &error);
	if (!found)
		qemu_missing(qemu, kind, path);
	return found ? found : path;
}

/* Writes a part of the word, like "file=disk.img", and returns its length. */
static size_t qemu_part(const struct qemu *qemu, const char *part, FILE *out)
{
	const struct qemu_key *key = qemu_key(qemu->option, part);
	const size_t head = key ? strcspn(part, "=") + 1 : 0;
	const size_t length = qemu_value_length(part + head);
	struct arena *arena = qemu->build->arena;

	fwrite(part, 1, key ? head : length, out);
	if (key)
		fputs(qemu_escape(arena, qemu_file(qemu, key->kind,
		                                   qemu_unescape(arena, part + head, length))),
		      out);
	return head + length;
}

static const char *qemu_value(const struct qemu *qemu)
{
	struct arena *arena = qemu->build->arena;
	char *text = NULL;
	const char *part = qemu->word, *result = part;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	while (out && *part) {
		part += qemu_part(qemu, part, out);
		if (*part == ',')
			putc(*part++, out);
	}
	if (out && !fclose(out))
		result = arena_copy(arena, text, size);
	free(text);
	return result;
}

static size_t qemu_count(const char *text)
{
	size_t count = 0;

	for (text += strspn(text, QEMU_BLANKS); *text; count++) {
		text += strcspn(text, QEMU_BLANKS);
		text += strspn(text, QEMU_BLANKS);
	}
	return count;
}

/* A blank ends a word, whatever it is meant for. `behind` is what follows the word. */
static bool qemu_check_blank(const struct qemu *qemu, const char *behind)
{
	const char *next = behind + strspn(behind, QEMU_BLANKS);

	if (!qemu->option || *next == '-' || *next == '\0')
		return false;
	complain_warning(&qemu->build->complaints, qemu->place,
	                 "the blank behind '%s' ends the word for -%s, and '%.*s' is no option; "
	                 "take names without blanks",
	                 qemu->word, qemu->option, (int)strcspn(next, QEMU_BLANKS), next);
	return true;
}

/* Warns of an option that is probably misspelt. */
static void qemu_check_spelling(const struct qemu *qemu, const char *option)
{
	static const char *const options[] = {"audiodev", "blockdev", "chardev", "device",
	                                      "drive",    "fsdev",    "global",  "netdev",
	                                      "object",   "tpmdev",   "virtfs"};
	struct nearest nearest = {.word = option};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		nearest_offer(&nearest, options[i]);
	if (nearest_answer(&nearest) && nearest.distance != 0)
		complain_warning(&qemu->build->complaints, qemu->place,
		                 "QEMU has probably no option '-%s'; did you mean '-%s'?", option,
		                 nearest_answer(&nearest));
}

/* Without if=none QEMU gives a drive a device of its own, and then no other one gets it. */
static void qemu_check_drive(const struct qemu *qemu)
{
	if (!qemu->option || strcmp(qemu->option, "drive") != 0 || !strstr(qemu->word, "id=") ||
	    !strncmp(qemu->word, "if=", 3) || strstr(qemu->word, ",if="))
		return;
	complain_warning(&qemu->build->complaints, qemu->place,
	                 "QEMU gives the drive '%s' a device of its own, and 'kumiki,qemu-device' "
	                 "can't have it; write -drive if=none,%s",
	                 qemu->word, qemu->word);
}

const char *const *qemu_words(struct build *build, const struct dts_node *node)
{
	const char *given = dts_string(node, "kumiki,qemu-args");
	const char *text = given ? given : "", *option = NULL;
	const size_t count = qemu_count(text);
	const char **words = arena_array(build->arena, count + 1, sizeof(*words));

	for (size_t i = 0; i < count; i++) {
		const size_t length = strcspn(text += strspn(text, QEMU_BLANKS), QEMU_BLANKS);
		const char *word = arena_copy(build->arena, text, length);
		const struct qemu qemu = {
		    build, dts_property(node, "kumiki,qemu-args")->items->place, option, word};

		text += length;
		words[i] = word;
		if (word[0] == '-') {
			option = word + 1 + (word[1] == '-');
			qemu_check_spelling(&qemu, option);
			continue;
		}
		qemu_check_drive(&qemu);
		if (option && !qemu_check_blank(&qemu, text))
			words[i] = qemu_value(&qemu);
		option = NULL;
	}
	return words;
}

/* ---- a device ---- */

#define QEMU_EDITS 2 /* a word that is further away isn't a known one misspelt */

/* Offers the usual devices that may stand behind a device of the board. */
static void qemu_offer_devices(struct arena *arena, struct nearest *nearest)
{
	static const char *const virtio[] = {
	    "9p",    "balloon",  "blk",    "crypto", "gpu",    "input-host",
	    "iommu", "keyboard", "mem",    "mouse",  "net",    "pmem",
	    "rng",   "scsi",     "serial", "sound",  "tablet", "gpu-gl"};
	static const char *const kinds[] = {"device", "pci", "pci-transitional",
	                                    "pci-non-transitional"};
	static const char *const others[] = {"e1000",   "e1000e",    "edu",          "ich9-ahci",
	                                     "igb",     "nvme",      "nec-usb-xhci", "qemu-xhci",
	                                     "rtl8139", "sdhci-pci", "usb-ehci",     "pci-serial"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		nearest_offer(nearest, others[i]);
	for (size_t i = 0; i < sizeof(virtio) / sizeof(virtio[0]); i++)
		for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++)
			nearest_offer(nearest,
			              arena_format(arena, "virtio-%s-%s", virtio[i], kinds[j]));
}

static void qemu_check_name(struct build *build, struct dts_place place, const char *device)
{
	struct nearest nearest = {.word =
	                              arena_copy(build->arena, device, qemu_value_length(device))};

	qemu_offer_devices(build->arena, &nearest);
	if (nearest_answer(&nearest) && nearest.distance != 0 && nearest.distance <= QEMU_EDITS)
		complain_warning(&build->complaints, place,
		                 "QEMU has probably no device '%s'; did you mean '%s'?",
		                 nearest.word, nearest_answer(&nearest));
}

/* Offers what the words of all devices make: "id=NAME", "node-name=NAME". */
static void qemu_offer_ids(struct build *build, struct nearest *nearest)
{
	static const char *const keys[] = {"id=", "node-name="};

	for (const struct dts_node *n = build->tree->root; n; n = dts_walk(n)) {
		const char *part = dts_string(n, "kumiki,qemu-args");

		for (; part && *part; part += strcspn(part, QEMU_PARTS), part += *part != '\0')
			for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
				if (!strncmp(part, keys[i], strlen(keys[i])))
					nearest_offer(nearest,
					              arena_copy(build->arena,
					                         part + strlen(keys[i]),
					                         strcspn(part + strlen(keys[i]),
					                                 QEMU_PARTS)));
	}
}

/* The keys of a device whose value is an id. */
static const char *const qemu_ids[] = {"drive=", "netdev=", "chardev=", "fsdev="};
#define QEMU_IDS (sizeof(qemu_ids) / sizeof(qemu_ids[0]))

/* Warns of a key of the device that is probably one of those, misspelt. */
static void qemu_check_key(struct build *build, struct dts_place place, const char *option)
{
	const char *key = arena_copy(build->arena, option, strcspn(option, "=,"));
	struct nearest nearest = {.word = key};

	nearest_offer(&nearest, "driver"); /* QEMU's own word for the device */
	for (size_t i = 0; i < QEMU_IDS; i++)
		nearest_offer(&nearest,
		              arena_copy(build->arena, qemu_ids[i], strlen(qemu_ids[i]) - 1));
	if (nearest_answer(&nearest) && nearest.distance != 0)
		complain_warning(&build->complaints, place,
		                 "a device of QEMU has probably no '%s'; did you mean '%s'?", key,
		                 nearest_answer(&nearest));
}

/* Warns if an option of the device, like "drive=d0", names what no words make. */
static void qemu_check_option(struct build *build, struct dts_place place, const char *option)
{
	struct nearest nearest = {0};

	for (size_t i = 0; i < QEMU_IDS; i++)
		if (!strncmp(option, qemu_ids[i], strlen(qemu_ids[i])))
			nearest.word = arena_copy(build->arena, option + strlen(qemu_ids[i]),
			                          qemu_value_length(option + strlen(qemu_ids[i])));
	if (!nearest.word) {
		qemu_check_key(build, place, option);
		return;
	}
	qemu_offer_ids(build, &nearest);
	if (nearest_answer(&nearest) && nearest.distance == 0)
		return;
	complain_warning(
	    &build->complaints, place, "no 'kumiki,qemu-args' has 'id=%s' for '%.*s'; %s",
	    nearest.word, (int)qemu_value_length(option), option,
	    nearest_answer(&nearest)
	        ? arena_format(build->arena, "did you mean '%s'?", nearest_answer(&nearest))
	        : "give it there, or behind '--' of 'kumiki run'");
}

void qemu_check_device(struct build *build, const struct dts_node *node)
{
	const struct dts_property *property = dts_property(node, "kumiki,qemu-device");
	const char *part;

	if (!property || !vocabulary_good(node, "kumiki,qemu-device"))
		return;
	part = property->items->text;
	qemu_check_name(build, property->items->place, part);
	while (*(part += qemu_value_length(part)))
		qemu_check_option(build, property->items->place, ++part);
}
