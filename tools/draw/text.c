/* The picture for a terminal, in at most 100 columns (draw_text() of host/draw.h). */
#include "picture.h"
#include <host/draw.h>
#include <host/say.h>
#include <inttypes.h>
#include <string.h>

#define TEXT_COLUMNS 100
#define TEXT_BAR     12
#define TEXT_INDENT  8 /* of a line that goes on */

/* The bytes of the first `columns` characters, or of all that there are. */
static size_t text_bytes(const char *line, size_t columns)
{
	size_t length = 0, count = 0;
	for (; line[length] != '\0'; length++) {
		count += ((unsigned char)line[length] & 0xc0u) != 0x80u;
		if (count > columns)
			break;
	}
	return length;
}

/* How much of the text a line of the terminal takes: up to a blank, if there is one. */
static size_t text_fitting(const char *text, size_t columns)
{
	const size_t most = text_bytes(text, columns);
	size_t length = most;
	while (text[most] != '\0' && length > 0 && text[length] != ' ')
		length--;
	return strspn(text, " ") < length ? length : most;
}

/* Writes a line. What is too long for the terminal goes on in the next line. */
static void text_line(FILE *out, const char *line)
{
	size_t indent = 0;
	do {
		const size_t length = text_fitting(line, TEXT_COLUMNS - indent);
		fprintf(out, "%*s", (int)indent, "");
		for (size_t i = 0; i < length; i++)
			fputc((unsigned char)line[i] < 0x20 ? '?' : line[i], out);
		fputc('\n', out);
		line += length;
		line += strspn(line, " ");
		indent = TEXT_INDENT;
	} while (*line != '\0');
}

/* Writes a list with commas, and breaks it into lines after commas. */
static void text_list(const char *intro, const char *list, FILE *out)
{
	size_t column = strlen(intro);
	fputs(intro, out);
	while (*list != '\0') {
		size_t length = strcspn(list, " ");
		if (column + length + 1 > TEXT_COLUMNS) {
			fputs("\n   ", out);
			column = 3;
		}
		fprintf(out, " %.*s", (int)length, list);
		column += length + 1;
		list += length;
		list += strspn(list, " ");
	}
	fputc('\n', out);
}

/* Words like "heartbeat 0 (200), linux 1 (100); linux 0 (100) may come". */
static const char *text_vcpus(const struct picture *picture, const struct picture_core *core)
{
	const char *here = "", *others = "";
	for (size_t i = 0; i < core->vcpu_count; i++) {
		const struct picture_vcpu *vcpu = &core->vcpus[i];
		const char **list = vcpu->starts ? &here : &others;
		*list = arena_format(picture->arena, "%s%s%s %zu (%u)", *list, **list ? ", " : "",
		                     picture_owner_name(picture, vcpu->owner), vcpu->index,
		                     vcpu->priority);
	}
	return *others ? arena_format(picture->arena, "%s%s%s may come", here, *here ? "; " : "",
	                              others)
	               : here;
}

/* Writes a core on which several vCPUs take turns; these have a line of their own, with their
 * priorities. */
static void text_turns(const struct picture *picture, const struct picture_core *core, FILE *out)
{
	text_line(out, arena_format(picture->arena, "  %-4" PRIx64 "%-16s%s", core->affinity,
	                            core->kind, core->console ? "console service" : ""));
	text_list("     ", text_vcpus(picture, core), out);
}

static void text_cores(const struct picture *picture, FILE *out)
{
	fputs("\nCores\n", out);
	for (size_t i = 0; i < picture->core_count; i++) {
		const struct picture_core *core = &picture->cores[i];
		if (core->vcpu_count > 0) {
			text_turns(picture, core, out);
			continue;
		}
		const char *note =
		    core->owner >= 0 && !core->remote
		        ? arena_format(picture->arena, ", its CPU %" PRIx64, core->guest_affinity)
		        : "";
		text_line(out,
		          arena_format(picture->arena, "  %-4" PRIx64 "%-16s%s%s%s", core->affinity,
		                       core->kind, picture_owner_name(picture, core->owner), note,
		                       core->console ? ", console service" : ""));
	}
	if (*picture->moves)
		text_list(" ", picture->moves, out);
}

/* A bar with one more mark for each factor of four from 4 KiB on. So small and large sizes can be
 * seen together. */
static const char *text_bar(uint64_t size)
{
	static const char marks[] = "############";
	size_t length = 1;
	for (uint64_t rest = size / 4096; rest >= 4 && length < TEXT_BAR; rest /= 4)
		length++;
	return marks + (TEXT_BAR - length);
}

static void text_memory(const struct picture *picture, FILE *out)
{
	const struct bundle_board *board = &picture->model->board;
	char size[UNITS_SIZE];
	fprintf(out, "\nMemory: %s (a mark more is four times as much)\n",
	        units_size(size, board->ram_size));
	for (size_t i = 0; i < picture->block_count; i++) {
		const struct picture_block *block = &picture->blocks[i];
		const bool idle = block->owner == PICTURE_FREE;
		text_line(out,
		          arena_format(picture->arena, "  0x%09" PRIx64 "  %-12s %11s  %s%s%s%s%s",
		                       block->base, idle ? "" : text_bar(block->size),
		                       units_size(size, block->size),
		                       idle ? "" : picture_owner_name(picture, block->owner),
		                       idle ? "" : ": ", block->label, *block->detail ? " · " : "",
		                       block->detail));
	}
}

static void text_life_of(const struct picture *picture, int owner, FILE *out)
{
	const char *others = picture_others(picture, owner);
	const char *policy = picture_policy(picture, owner);
	if (*policy)
		text_list("     ", policy, out);
	if (*others)
		text_list("     ", others, out);
}

static void text_devices_of(const struct picture *picture, int owner, FILE *out)
{
	if (owner == PICTURE_FRAME)
		text_line(out, "  the frame");
	else
		text_line(out, arena_format(picture->arena, "  %s: %s; emulated: %s",
		                            picture_owner_name(picture, owner),
		                            picture_summary(picture, owner),
		                            picture_emulated(picture, owner)));
	if (owner != PICTURE_FRAME)
		text_life_of(picture, owner, out);
	for (size_t i = 0; i < picture->device_count; i++) {
		const struct picture_device *device = &picture->devices[i];
		if (device->owner == owner)
			text_line(out, arena_format(picture->arena, "    %s %-20s %s",
			                            device->unconfined ? "!" : " ", device->title,
			                            device->place));
	}
}

void draw_text(const struct model *model, FILE *out)
{
	struct arena arena = {0};
	struct picture picture;
	picture_make(&picture, model, &arena);
	text_line(out, arena_format(&arena, "%s on board %s", model->name, model->board.name));
	text_cores(&picture, out);
	text_memory(&picture, out);
	fputs("\nDevices\n", out);
	if (*picture_policy_usual(&picture))
		text_list(" ", picture_policy_usual(&picture), out);
	for (int owner = 0; owner < (int)model->partition_count; owner++)
		text_devices_of(&picture, owner, out);
	text_devices_of(&picture, PICTURE_FRAME, out);
	if (*picture.idle_devices)
		text_list("  nobody:", picture.idle_devices, out);
	if (picture.unconfined_count > 0)
		text_list(
		    "\n!",
		    arena_format(&arena,
		                 "Nothing confines the DMA of %s: the owner of such a device can "
		                 "read and write all memory, the frame's included.",
		                 picture_unconfined(&picture)),
		    out);
	arena_free(&arena);
}
