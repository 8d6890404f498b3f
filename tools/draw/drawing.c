/*
 * The SVG picture: a legend and the cores, then the memory on the left and the devices on the
 * right, by owner. The memory has blocks that can be read, and beside them a bar that is to scale.
 * An owner has the same colour everywhere. Devices whose DMA nothing confines have red stripes.
 */
#include "picture.h"
#include "svg.h"
#include <host/draw.h>
#include <host/say.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_WIDTH     1200
#define PAGE_MARGIN    32
#define PAGE_INNER     (PAGE_WIDTH - 2 * PAGE_MARGIN)
#define CORE_WIDTH     130
#define CORE_HEIGHT    74
#define CORE_TURN      17 /* height of a line for a vCPU that takes turns */
#define CORE_GAP       12
#define CORE_STEP      (CORE_WIDTH + CORE_GAP)
#define CORES_A_ROW    8
#define MEMORY_X       130 /* the blocks; their addresses are left of them */
#define MEMORY_WIDTH   360
#define SCALE_X        540
#define SCALE_WIDTH    28
#define DEVICES_X      620
#define DEVICES_WIDTH  (PAGE_WIDTH - PAGE_MARGIN - DEVICES_X)
#define DEVICE_HEIGHT  24
#define DEVICE_PLACE   194 /* the device's place is right of its name */
#define GROUP_HEIGHT   30
#define TEXT_DARK      "#1a202c"
#define TEXT_GREY      "#5f6b7a"
#define LINE_GREY      "#8a94a3"
#define WARNING_DARK   "#b01515"
#define WARNING_STRIPE "url(#warning)"

struct drawing {
	struct picture picture;
	struct arena arena;
	FILE *out;
	int y; /* where the next element goes */
};

static const char *drawing_colour(int owner)
{
	static const char *const colours[] = {"#8fc1e8", "#f6c177", "#8ed1a5", "#c9a9e0",
	                                      "#f2a7c3", "#7fd3cf", "#d9c789", "#b3bdf0"};
	if (owner == PICTURE_FRAME)
		return "#4a5568";
	if (owner == PICTURE_FREE)
		return "#f4f6f8";
	if (owner == PICTURE_SHARED)
		return "#fff2a8";
	return colours[(size_t)owner % (sizeof(colours) / sizeof(colours[0]))];
}

static const char *drawing_text_colour(int owner)
{
	return owner == PICTURE_FRAME ? "#ffffff" : owner == PICTURE_FREE ? TEXT_GREY : TEXT_DARK;
}

static void drawing_box(struct drawing *drawing, struct svg_box box, int owner)
{
	svg_rectangle(drawing->out, box, drawing_colour(owner), LINE_GREY,
	              owner == PICTURE_FREE ? "rx=\"3\" stroke-dasharray=\"4 3\"" : "rx=\"3\"");
}

static void drawing_heading(struct drawing *drawing, int x, const char *text, const char *note)
{
	const struct svg_style bold = {16, TEXT_DARK, SVG_START, "bold", 0};
	const struct svg_style grey = {12, TEXT_GREY, SVG_START, "normal", 0};
	svg_text(drawing->out, x, drawing->y, bold, text);
	svg_text(drawing->out, x + svg_width(text, 16) + 24, drawing->y, grey, note);
}

/* ---- title and legend ---- */

static void drawing_title(struct drawing *drawing)
{
	const struct model *model = drawing->picture.model;
	const struct svg_style title = {24, TEXT_DARK, SVG_START, "bold", 0};
	const struct svg_style board = {14, TEXT_GREY, SVG_END, "normal", 0};
	svg_text(drawing->out, PAGE_MARGIN, 46, title, model->name);
	svg_text(drawing->out, PAGE_WIDTH - PAGE_MARGIN, 46, board,
	         arena_format(&drawing->arena, "board %s", model->board.name));
	drawing->y = 66;
}

static int drawing_legend_entry(struct drawing *drawing, int x, const char *fill, const char *name)
{
	const struct svg_style style = {13, TEXT_DARK, SVG_START, "normal", 0};
	const int width = 20 + svg_width(name, 13) + 22;
	if (x + width > PAGE_WIDTH - PAGE_MARGIN && x > PAGE_MARGIN) {
		x = PAGE_MARGIN;
		drawing->y += 24;
	}
	svg_rectangle(drawing->out, (struct svg_box){x, drawing->y, 14, 14}, fill, LINE_GREY,
	              "rx=\"2\"");
	svg_text(drawing->out, x + 20, drawing->y + 12, style, name);
	return x + width;
}

static void drawing_legend(struct drawing *drawing)
{
	const struct picture *picture = &drawing->picture;
	int x = PAGE_MARGIN;
	for (int owner = 0; owner < (int)picture->model->partition_count; owner++)
		x = drawing_legend_entry(drawing, x, drawing_colour(owner),
		                         picture_owner_name(picture, owner));
	x = drawing_legend_entry(drawing, x, drawing_colour(PICTURE_FRAME), "the frame");
	x = drawing_legend_entry(drawing, x, drawing_colour(PICTURE_FREE), "nobody");
	if (picture->model->window_count > 0)
		x = drawing_legend_entry(drawing, x, drawing_colour(PICTURE_SHARED),
		                         "windows that several share");
	if (picture->unconfined_count > 0)
		drawing_legend_entry(drawing, x, WARNING_STRIPE, "DMA that nothing confines");
	drawing->y += 50;
}

/* ---- cores ---- */

/* Draws the vCPUs that take turns on a core, with their priorities. A vCPU that may only come later
 * has a broken line. */
static void drawing_turns(struct drawing *drawing, const struct picture_core *core, int x, int y)
{
	for (size_t i = 0; i < core->vcpu_count; i++, y += CORE_TURN) {
		const struct picture_vcpu *vcpu = &core->vcpus[i];
		const struct svg_box box = {x + 5, y, CORE_WIDTH - 10, CORE_TURN - 3};
		const char *name = picture_owner_name(&drawing->picture, vcpu->owner);
		struct svg_style style = {11, TEXT_DARK, SVG_START, "normal", CORE_WIDTH - 50};
		svg_rectangle(drawing->out, box, drawing_colour(vcpu->owner), LINE_GREY,
		              vcpu->starts ? "rx=\"2\"" : "rx=\"2\" stroke-dasharray=\"3 2\"");
		svg_text(drawing->out, x + 10, y + 11, style,
		         arena_format(&drawing->arena, "%s %zu", name, vcpu->index));
		style.anchor = SVG_END;
		svg_text(drawing->out, x + CORE_WIDTH - 10, y + 11, style,
		         arena_format(&drawing->arena, "%u", vcpu->priority));
	}
}

/* All cores are as high as the core with the most lines needs. */
static int drawing_core_height(const struct picture *picture)
{
	size_t most = 0;
	for (size_t i = 0; i < picture->core_count; i++)
		most = picture->cores[i].vcpu_count > most ? picture->cores[i].vcpu_count : most;
	return CORE_HEIGHT + (int)most * CORE_TURN;
}

/* If several owners share a core, it has a stripe in each owner's colour. */
static void drawing_stripes(struct drawing *drawing, const struct picture_core *core,
                            struct svg_box box)
{
	uint32_t owners = picture_core_owners(core);
	const int count = __builtin_popcount(owners);
	if (count < 2) {
		drawing_box(drawing, box, core->owner);
		return;
	}
	for (int i = 0; i < count; i++, owners &= owners - 1) {
		const int from = box.width * i / count, to = box.width * (i + 1) / count;
		svg_rectangle(drawing->out,
		              (struct svg_box){box.x + from, box.y, to - from, box.height},
		              drawing_colour(__builtin_ctz(owners)), "none", "");
	}
	svg_rectangle(drawing->out, box, "none", LINE_GREY, "rx=\"3\"");
}

static void drawing_core(struct drawing *drawing, const struct picture_core *core, size_t index)
{
	const int height = drawing_core_height(&drawing->picture);
	const int x = PAGE_MARGIN + (int)(index % CORES_A_ROW) * CORE_STEP;
	const int y = drawing->y + (int)(index / CORES_A_ROW) * (height + CORE_GAP);
	const char *colour = __builtin_popcount(picture_core_owners(core)) > 1
	                         ? TEXT_DARK
	                         : drawing_text_colour(core->owner);
	struct svg_style style = {14, colour, SVG_START, "bold", CORE_WIDTH - 16};
	drawing_stripes(drawing, core, (struct svg_box){x, y, CORE_WIDTH, height});
	drawing_turns(drawing, core, x, y + CORE_HEIGHT - 4);
	svg_text(drawing->out, x + 8, y + 19, style,
	         arena_format(&drawing->arena, "core %" PRIx64, core->affinity));
	style.size = 12;
	style.weight = "normal";
	svg_text(drawing->out, x + 8, y + 35, style,
	         core->vcpu_count > 0 ? "in turns"
	                              : picture_owner_name(&drawing->picture, core->owner));
	style.size = 11;
	svg_text(drawing->out, x + 8, y + 50, style, core->kind);
	if (core->console)
		svg_text(drawing->out, x + 8, y + 65, style, "+ console service");
}

static void drawing_cores(struct drawing *drawing)
{
	const struct picture *picture = &drawing->picture;
	drawing_heading(drawing, PAGE_MARGIN, "Cores",
	                drawing_core_height(picture) > CORE_HEIGHT
	                    ? "with the CPUs that take turns there, and their priorities; in a "
	                      "broken line those that may come from another core"
	                    : "");
	drawing->y += 14;
	for (size_t i = 0; i < picture->core_count; i++)
		drawing_core(drawing, &picture->cores[i], i);
	const size_t rows = (picture->core_count + CORES_A_ROW - 1) / CORES_A_ROW;
	drawing->y += (int)rows * (drawing_core_height(picture) + CORE_GAP);
	if (*picture->moves)
		svg_text(drawing->out, PAGE_MARGIN, drawing->y + 4,
		         (struct svg_style){12, TEXT_GREY, SVG_START, "normal", PAGE_INNER},
		         picture->moves);
	drawing->y += 30;
}

/* ---- memory ---- */

/* The height grows with the logarithm of the size, so that 1 MiB can be read beside 4 GiB. */
static int drawing_block_height(const struct picture_block *block)
{
	int doublings = 0;
	for (uint64_t size = block->size; size > 1024ul * 1024 && doublings < 12; size /= 2)
		doublings++;
	return (*block->detail ? 42 : 26) + 5 * doublings;
}

static void drawing_block(struct drawing *drawing, const struct picture_block *block,
                          struct svg_box box)
{
	const struct svg_style address = {12, TEXT_GREY, SVG_END, "normal", 0};
	struct svg_style style = {13, drawing_text_colour(block->owner), SVG_START, "bold", 0};
	char size[UNITS_SIZE];
	const char *name =
	    block->owner == PICTURE_FREE
	        ? block->label
	        : arena_format(&drawing->arena, "%s: %s",
	                       picture_owner_name(&drawing->picture, block->owner), block->label);
	drawing_box(drawing, box, block->owner);
	svg_text(drawing->out, box.x - 8, box.y + 12, address,
	         arena_format(&drawing->arena, "0x%" PRIx64, block->base));
	style.width = box.width - 84;
	svg_text(drawing->out, box.x + 8, box.y + 18, style, name);
	style.width = 0;
	style.weight = "normal";
	style.anchor = SVG_END;
	svg_text(drawing->out, box.x + box.width - 8, box.y + 18, style,
	         units_size(size, block->size));
	style = (struct svg_style){11, style.fill, SVG_START, "normal", box.width - 16};
	svg_text(drawing->out, box.x + 8, box.y + 34, style, block->detail);
}

/* A block's part of the bar, to scale. Even the smallest block can be seen. */
static struct svg_box drawing_scaled(const struct drawing *drawing,
                                     const struct picture_block *block, int top, int height)
{
	const struct bundle_board *board = &drawing->picture.model->board;
	const double scale = (double)height / (double)board->ram_size;
	const int y = (int)((double)(block->base - board->ram_base) * scale);
	const int end = (int)((double)(block->base - board->ram_base + block->size) * scale);
	return (struct svg_box){SCALE_X, top + y, SCALE_WIDTH, end - y < 1 ? 1 : end - y};
}

static void drawing_memory(struct drawing *drawing)
{
	const struct picture *picture = &drawing->picture;
	const struct bundle_board *board = &picture->model->board;
	const struct svg_style grey = {12, TEXT_GREY, SVG_END, "normal", 0};
	char size[UNITS_SIZE];
	int height = 0;
	for (size_t i = 0; i < picture->block_count; i++)
		height += drawing_block_height(&picture->blocks[i]);
	drawing_heading(drawing, PAGE_MARGIN, "Memory",
	                arena_format(&drawing->arena, "%s; the bar at the right is to scale",
	                             units_size(size, board->ram_size)));
	const int top = drawing->y + 14;
	int y = top;
	for (size_t i = 0; i < picture->block_count; i++) {
		const struct picture_block *block = &picture->blocks[i];
		const struct svg_box box = {MEMORY_X, y, MEMORY_WIDTH, drawing_block_height(block)};
		const struct svg_box scaled = drawing_scaled(drawing, block, top, height);
		if (block->owner != PICTURE_FREE)
			svg_band(drawing->out, box, scaled, drawing_colour(block->owner));
		drawing_block(drawing, block, box);
		svg_rectangle(drawing->out, scaled, drawing_colour(block->owner), "none", "");
		y += box.height;
	}
	svg_rectangle(drawing->out, (struct svg_box){SCALE_X, top, SCALE_WIDTH, height}, "none",
	              LINE_GREY, "");
	svg_text(drawing->out, MEMORY_X - 8, y + 12, grey,
	         arena_format(&drawing->arena, "0x%" PRIx64, board->ram_base + board->ram_size));
	drawing->y = y + 24;
}

/* ---- devices ---- */

static void drawing_device(struct drawing *drawing, const struct picture_device *device)
{
	const int y = drawing->y;
	const struct svg_box box = {DEVICES_X, y, DEVICES_WIDTH, DEVICE_HEIGHT - 3};
	struct svg_style style = {12, drawing_text_colour(device->owner), SVG_START, "bold",
	                          DEVICE_PLACE - 22};
	drawing_box(drawing, box, device->owner);
	if (device->unconfined)
		svg_rectangle(drawing->out, (struct svg_box){box.x, y, 12, box.height},
		              WARNING_STRIPE, WARNING_DARK, "");
	svg_text(drawing->out, box.x + 20, y + 15, style, device->title);
	style.weight = "normal";
	style.width = DEVICES_WIDTH - DEVICE_PLACE - 4 - (device->unconfined ? 110 : 8);
	svg_text(drawing->out, box.x + DEVICE_PLACE, y + 15, style, device->place);
	if (device->unconfined) {
		style = (struct svg_style){11, WARNING_DARK, SVG_END, "bold", 0};
		svg_text(drawing->out, box.x + box.width - 8, y + 15, style, "DMA unconfined");
	}
	drawing->y += DEVICE_HEIGHT;
}

/* Writes a long text in lines of at most `width`, broken at spaces. */
static void drawing_lines(struct drawing *drawing, struct svg_style style, int x, int width,
                          const char *text)
{
	while (*text != '\0') {
		size_t length = svg_fitting(text, style.size, width);
		if (text[length] != '\0') {
			while (length > 0 && text[length] != ' ')
				length--;
			if (length == 0)
				length = strcspn(text, " ");
		}
		svg_text(drawing->out, x, drawing->y, style,
		         arena_copy(&drawing->arena, text, length));
		drawing->y += style.size + 5;
		text += length;
		text += *text == ' ';
	}
}

/* Writes what follows the partition's end, in lines below its name. */
static void drawing_life(struct drawing *drawing, int owner)
{
	const struct svg_style grey = {11, TEXT_GREY, SVG_START, "normal", 0};
	drawing->y += 6;
	drawing_lines(drawing, grey, DEVICES_X + 20, DEVICES_WIDTH - 20,
	              picture_policy(&drawing->picture, owner));
	drawing_lines(drawing, grey, DEVICES_X + 20, DEVICES_WIDTH - 20,
	              picture_others(&drawing->picture, owner));
	drawing->y -= 8;
}

static void drawing_group(struct drawing *drawing, int owner)
{
	const struct picture *picture = &drawing->picture;
	const char *note = "what the frame drives itself";
	const struct svg_style bold = {13, TEXT_DARK, SVG_START, "bold", DEVICE_PLACE - 22};
	const struct svg_style grey = {12, TEXT_GREY, SVG_START, "normal",
	                               DEVICES_WIDTH - DEVICE_PLACE};
	if (owner != PICTURE_FRAME)
		note = arena_format(&drawing->arena, "%s; with %s", picture_summary(picture, owner),
		                    picture_emulated(picture, owner));
	svg_rectangle(drawing->out, (struct svg_box){DEVICES_X, drawing->y + 2, 14, 14},
	              drawing_colour(owner), LINE_GREY, "rx=\"2\"");
	svg_text(drawing->out, DEVICES_X + 20, drawing->y + 14, bold,
	         owner == PICTURE_FRAME ? "the frame" : picture_owner_name(picture, owner));
	svg_text(drawing->out, DEVICES_X + DEVICE_PLACE, drawing->y + 14, grey, note);
	drawing->y += GROUP_HEIGHT - 8;
	if (owner != PICTURE_FRAME)
		drawing_life(drawing, owner);
	for (size_t i = 0; i < picture->device_count; i++)
		if (picture->devices[i].owner == owner)
			drawing_device(drawing, &picture->devices[i]);
	drawing->y += 14;
}

static void drawing_devices(struct drawing *drawing)
{
	const struct picture *picture = &drawing->picture;
	const struct svg_style grey = {12, TEXT_GREY, SVG_START, "normal", 0};
	drawing_heading(drawing, DEVICES_X, "Devices", "and what else each owner has");
	drawing->y += 14;
	if (*picture_policy_usual(picture)) {
		drawing->y += 8;
		drawing_lines(drawing, (struct svg_style){11, TEXT_GREY, SVG_START, "normal", 0},
		              DEVICES_X, DEVICES_WIDTH, picture_policy_usual(picture));
	}
	for (int owner = 0; owner < (int)picture->model->partition_count; owner++)
		drawing_group(drawing, owner);
	drawing_group(drawing, PICTURE_FRAME);
	if (*picture->idle_devices == '\0')
		return;
	drawing->y += 14;
	drawing_lines(drawing, grey, DEVICES_X, DEVICES_WIDTH,
	              arena_format(&drawing->arena, "Nobody's: %s", picture->idle_devices));
}

static void drawing_warning(struct drawing *drawing)
{
	const struct svg_style style = {13, WARNING_DARK, SVG_START, "bold", 0};
	if (drawing->picture.unconfined_count == 0)
		return;
	drawing->y += 16;
	drawing_lines(
	    drawing, style, PAGE_MARGIN, PAGE_INNER,
	    arena_format(&drawing->arena,
	                 "Nothing confines the DMA of %s: the owner of such a device can read "
	                 "and write all memory, the frame's included.",
	                 picture_unconfined(&drawing->picture)));
}

static void drawing_body(struct drawing *drawing)
{
	drawing_title(drawing);
	drawing_legend(drawing);
	drawing_cores(drawing);
	const int top = drawing->y;
	drawing_memory(drawing);
	const int memory_end = drawing->y;
	drawing->y = top;
	drawing_devices(drawing);
	if (drawing->y < memory_end)
		drawing->y = memory_end;
	drawing_warning(drawing);
	drawing->y += 16;
}

/* Makes the body first, as its end gives the page's height. */
void draw_svg(const struct model *model, FILE *out)
{
	struct drawing drawing = {.y = 0};
	char *body = NULL;
	size_t size = 0;
	picture_make(&drawing.picture, model, &drawing.arena);
	drawing.out = open_memstream(&body, &size);
	if (drawing.out != NULL) {
		drawing_body(&drawing);
		if (fclose(drawing.out) == 0) {
			svg_begin(out, PAGE_WIDTH, drawing.y, model->name);
			fwrite(body, 1, size, out);
			svg_end(out);
		}
	}
	free(body);
	arena_free(&drawing.arena);
}
