/* Offered and called ports, managed programs, and shared memory. */
#include "build.h"
#include <lib/nearest.h>
#include <string.h>

#define PORT_BLAME 3 /* the same as RTOS_BLAME_DEFAULT */

/* True, after a complaint: the item's string stands in the list before it, too. */
static bool port_twice(struct rtos_build *build, const struct dts_property *property,
                       const struct dts_item *item)
{
	const struct dts_item *first = property->items;

	while (first != item && strcmp(first->text, item->text) != 0)
		first = first->next;
	if (first != item)
		complain(&build->complaints, item->place, "'%s' stands twice in '%s'; take one out",
		         item->text, property->name);
	return first != item;
}

/* Calls back once for each string of a property, if the property has the right form. */
static void port_each(struct rtos_build *build, uint32_t program, const char *name,
                      void (*with)(struct rtos_build *build, uint32_t program,
                                   const struct dts_item *item))
{
	const struct dts_node *node = build->nodes[program];
	const struct dts_property *property = dts_property(node, name);

	for (const struct dts_item *item = property ? property->items : NULL;
	     item && rtos_words_good(node, name); item = item->next)
		if (!port_twice(build, property, item))
			with(build, program, item);
}

/* ---- offers ---- */

/* The number of the port of this name; RTOS_PORTS_MAX: there is none. */
static uint32_t port_number(const struct rtos_system *system, const char *name)
{
	for (uint32_t i = 0; i < system->port_count; i++)
		if (!strcmp(system->ports[i].name, name))
			return i;
	return RTOS_PORTS_MAX;
}

static bool port_new(struct rtos_build *build, const struct dts_item *item)
{
	const struct rtos_system *system = build->system;
	const uint32_t other = port_number(system, item->text);

	if (!rtos_words_name(item->text, RTOS_PORT_NAME))
		complain(&build->complaints, item->place,
		         "'%s' can't be a port's name; use 1 to %d letters, digits, '-' and '_'",
		         item->text, RTOS_PORT_NAME - 1);
	else if (other != RTOS_PORTS_MAX)
		complain(&build->complaints, item->place,
		         "'%s' offers a port '%s' already; choose another name",
		         system->programs[system->ports[other].owner].name, item->text);
	else if (system->port_count == RTOS_PORTS_MAX)
		complain(&build->complaints, item->place,
		         "'%s' is one port too many; %d are possible", item->text, RTOS_PORTS_MAX);
	else
		return true;
	return false;
}

static void port_offer(struct rtos_build *build, uint32_t program, const struct dts_item *item)
{
	struct rtos_system *system = build->system;
	struct rtos_manifest_port *port = &system->ports[system->port_count];

	if (!port_new(build, item))
		return;
	memcpy(port->name, item->text, strlen(item->text));
	port->owner = program;
	port->blame = rtos_words_number(build, build->nodes[program], "kumiki,blame", 1,
	                                RTOS_BLAME_MAX, PORT_BLAME);
	system->programs[program].manifest.offers |= 1ull << system->port_count++;
}

static void port_needless_blame(struct rtos_build *build, uint32_t program)
{
	const struct dts_property *blame = dts_property(build->nodes[program], "kumiki,blame");

	if (blame && !dts_property(build->nodes[program], "kumiki,offers"))
		complain(&build->complaints, blame->place,
		         "'%s' offers no port, so no call can end it; take this out",
		         build->nodes[program]->name);
}

/* ---- uses ---- */

static void port_unknown(struct rtos_build *build, const struct dts_item *item)
{
	const struct rtos_system *system = build->system;
	struct nearest nearest = {.word = item->text};

	for (uint32_t i = 0; i < system->port_count; i++)
		nearest_offer(&nearest, system->ports[i].name);
	if (nearest_answer(&nearest))
		complain(&build->complaints, item->place,
		         "no program offers a port '%s'; did you mean '%s'?", item->text,
		         nearest_answer(&nearest));
	else
		complain(&build->complaints, item->place,
		         "no program offers a port '%s'; have a program offer it, or take it out",
		         item->text);
}

static void port_use(struct rtos_build *build, uint32_t program, const struct dts_item *item)
{
	struct rtos_system *system = build->system;
	const uint32_t port = port_number(system, item->text);

	if (port == RTOS_PORTS_MAX) {
		port_unknown(build, item);
		return;
	}
	if (system->ports[port].owner == program)
		complain(&build->complaints, item->place,
		         "'%s' would wait for itself at its own port '%s'; take it out",
		         system->programs[program].name, item->text);
	else
		system->programs[program].manifest.uses |= 1ull << port;
}

/* ---- circles ---- */

/* The programs that a program may call, and whose answers it may wait for. */
static uint64_t port_waits_for(const struct rtos_system *system, uint32_t program)
{
	uint64_t owners = 0;

	for (uint32_t i = 0; i < system->port_count; i++)
		if (system->programs[program].manifest.uses >> i & 1)
			owners |= 1ull << system->ports[i].owner;
	return owners;
}

/* All programs that a program may wait for, directly or through others; itself too, if it is in a
 * circle. */
static uint64_t port_reaches(const struct rtos_system *system, uint32_t program)
{
	uint64_t reached = port_waits_for(system, program), before = 0;

	while (reached != before) {
		before = reached;
		for (uint32_t i = 0; i < system->program_count; i++)
			if (before >> i & 1)
				reached |= port_waits_for(system, i);
	}
	return reached;
}

/* Warns of each circle once, at its first program. */
static void port_circles(struct rtos_build *build)
{
	const struct rtos_system *system = build->system;
	uint64_t told = 0;

	for (uint32_t i = 0; i < system->program_count; i++) {
		const char *others = "";
		uint64_t reached = port_reaches(system, i);

		if (!(reached >> i & 1) || told >> i & 1)
			continue;
		for (uint32_t j = i; j < system->program_count; j++)
			if (reached >> j & 1 && port_reaches(system, j) >> i & 1) {
				told |= 1ull << j;
				if (j != i)
					others = arena_format(build->arena, "%s and '%s'", others,
					                      system->programs[j].name);
			}
		complain_warning(&build->complaints, build->nodes[i]->place,
		                 "calls of '%s'%s can wait for one another for ever; let one of "
		                 "them signal or send instead",
		                 system->programs[i].name, others);
	}
}

/* ---- managers ---- */

static void port_manage(struct rtos_build *build, uint32_t program, const struct dts_item *item)
{
	struct rtos_system *system = build->system;
	const uint32_t other = rtos_programs_find(build, item, "kumiki,manages");

	if (other == RTOS_IMAGE_PROGRAMS_MAX)
		return;
	if (other == program || system->programs[other].manifest.role == RTOS_ROLE_INIT)
		complain(&build->complaints, item->place,
		         "'%s' can't manage '%s': all but init can be managed, "
		         "by others; take it out",
		         system->programs[program].name, item->text);
	else
		system->programs[program].manifest.manages |= 1ull << other;
}

/* ---- whose kept memory devices reach ---- */

static void port_reach(struct rtos_build *build, uint32_t program, const struct dts_item *item)
{
	struct rtos_system *system = build->system;
	const uint32_t other = rtos_programs_find(build, item, "kumiki,reaches");

	if (other == RTOS_IMAGE_PROGRAMS_MAX)
		return;
	if (!dts_property(build->nodes[program], "kumiki,dma-memory"))
		complain(&build->complaints, item->place,
		         "'%s' has no memory for DMA, so its devices reach nothing; take "
		         "'kumiki,reaches' out, or add 'kumiki,dma-memory'",
		         system->programs[program].name);
	else if (other == program || !system->programs[other].manifest.keep_pages)
		complain(&build->complaints, item->place,
		         "'%s' isn't another program with 'kumiki,keep', so devices of '%s' can't "
		         "reach what it keeps; take it out",
		         item->text, system->programs[program].name);
	else
		system->programs[program].manifest.reaches |= 1ull << other;
}

/* ---- windows ---- */

static uint64_t window_members(struct rtos_build *build, const struct dts_node *node,
                               const char *name)
{
	const struct dts_property *property = dts_property(node, name);
	uint64_t members = 0;

	for (const struct dts_item *item = property ? property->items : NULL;
	     item && rtos_words_good(node, name); item = item->next) {
		uint32_t program;

		if (port_twice(build, property, item))
			continue;
		program = rtos_programs_find(build, item, name);
		if (program == RTOS_IMAGE_PROGRAMS_MAX)
			continue;
		if (build->system->programs[program].manifest.role != RTOS_ROLE_PROGRAM)
			complain(&build->complaints, item->place,
			         "'%s' isn't started by the supervisor, and can't share memory; "
			         "take it out",
			         item->text);
		members |= 1ull << program;
	}
	return members;
}

/* Checks a window's properties. A window of memory has a size and writers. A window that is a file
 * of the image has the file's size, and no writers. */
static void window_check_form(struct rtos_build *build, const struct dts_node *node)
{
	const struct dts_property *size = dts_property(node, "kumiki,size");
	const struct dts_property *writers = dts_property(node, "kumiki,writers");

	if (!dts_property(node, "kumiki,file")) {
		rtos_words_window_wants(build, node, "kumiki,size");
		rtos_words_window_wants(build, node, "kumiki,writers");
		return;
	}
	rtos_words_window_wants(build, node, "kumiki,readers");
	if (size)
		complain(&build->complaints, size->place,
		         "'%s' is as large as its file; take this out", node->name);
	if (writers)
		complain(&build->complaints, writers->place,
		         "no program can write to '%s', which is a file of the image; make them "
		         "'kumiki,readers'",
		         node->name);
}

/* Warns if the name is nearly "PORT-PROGRAM", by which a server finds the window of its client, and
 * no other window is called so. */
static void window_check_name(struct rtos_build *build, const struct dts_node *node,
                              uint64_t members)
{
	const struct rtos_system *system = build->system;
	struct nearest nearest = {.word = node->name};

	for (uint32_t i = 0; i < system->program_count; i++)
		for (uint32_t j = 0; j < system->port_count; j++)
			if (system->programs[i].manifest.uses >> j & 1 && members >> i & 1 &&
			    members >> system->ports[j].owner & 1)
				nearest_offer(&nearest, arena_format(build->arena, "%s-%s",
				                                     system->ports[j].name,
				                                     system->programs[i].name));
	if (nearest_answer(&nearest) && nearest.distance != 0 &&
	    !dts_child(node->parent, nearest_answer(&nearest)))
		complain_warning(&build->complaints, node->place,
		                 "no server looks for a window '%s'; did you mean '%s'?",
		                 node->name, nearest_answer(&nearest));
}

static void window_read(struct rtos_build *build, const struct dts_node *node)
{
	struct rtos_system *system = build->system;
	struct rtos_manifest_window *window = &system->windows[system->window_count];

	if (!rtos_words_name(node->name, RTOS_PORT_NAME)) {
		complain(&build->complaints, node->place,
		         "'%s' can't be a window's name; use 1 to %d letters, digits, '-' and '_'",
		         node->name, RTOS_PORT_NAME - 1);
		return;
	}
	if (system->window_count == RTOS_WINDOWS_MAX) {
		complain(&build->complaints, node->place,
		         "'%s' is one window too many; %d are possible", node->name,
		         RTOS_WINDOWS_MAX);
		return;
	}
	window_check_form(build, node);
	build->window_nodes[system->window_count] = node;
	memcpy(window->name, node->name, strlen(node->name));
	window->pages = rtos_words_pages(build, node, "kumiki,size", 1u << 20, 0);
	window->writers = window_members(build, node, "kumiki,writers");
	window->readers = window_members(build, node, "kumiki,readers");
	if (window->writers & window->readers)
		complain(&build->complaints, dts_property(node, "kumiki,readers")->place,
		         "'%s' writes to '%s', and a writer reads, too; take it out of "
		         "'kumiki,readers'",
		         system->programs[__builtin_ctzll(window->writers & window->readers)].name,
		         node->name);
	window_check_name(build, node, window->writers | window->readers);
	system->window_count++;
}

void rtos_ports_read(struct rtos_build *build)
{
	const struct rtos_system *system = build->system;
	const struct dts_node *windows = dts_child(build->tree->root, "windows");

	for (uint32_t i = 0; i < system->program_count; i++)
		if (system->programs[i].manifest.role == RTOS_ROLE_PROGRAM) {
			port_each(build, i, "kumiki,offers", port_offer);
			port_needless_blame(build, i);
		}
	for (uint32_t i = 0; i < system->program_count; i++)
		if (system->programs[i].manifest.role == RTOS_ROLE_PROGRAM) {
			port_each(build, i, "kumiki,uses", port_use);
			port_each(build, i, "kumiki,manages", port_manage);
			port_each(build, i, "kumiki,reaches", port_reach);
		}
	port_circles(build);
	for (const struct dts_node *n = windows ? windows->children : NULL; n; n = n->next)
		window_read(build, n);
}
