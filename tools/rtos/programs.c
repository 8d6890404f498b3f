/*
 * The programs of a manifest: their names and roles, and their plain numbers, sizes and texts. In
 * the compiled manifest the order is: init, supervisor, then the others in the order of the source.
 */
#include "build.h"
#include <kumiki/rtos/call.h>
#include <lib/nearest.h>
#include <string.h>

#define PROGRAM_NAME        16 /* bytes of a process's name (call.h) */
#define PROGRAM_PRIORITY    100
#define PROGRAM_STACK_PAGES 4
#define PROGRAM_STACK_MOST                                                                         \
	((uint32_t)((RTOS_START_PAGE - RTOS_PROGRAM_END) / RTOS_PAGE - 1)) /* a free page below */
#define PROGRAM_PAGES_MOST (1u << 20)                                      /* 4 GiB */

static const char *const program_roles[] = {[RTOS_ROLE_PROGRAM] = "program",
                                            [RTOS_ROLE_INIT] = "init",
                                            [RTOS_ROLE_SUPERVISOR] = "supervisor"};

/* ---- their order ---- */

static uint8_t program_role(const struct dts_node *node)
{
	const char *role = dts_string(node, "kumiki,role");

	for (uint8_t i = 0; role && i < 3; i++)
		if (!strcmp(role, program_roles[i]))
			return i;
	return RTOS_ROLE_PROGRAM;
}

static bool program_role_known(const struct dts_node *node)
{
	const char *role = dts_string(node, "kumiki,role");

	return !role || !strcmp(role, program_roles[program_role(node)]);
}

static void program_add(struct rtos_build *build, const struct dts_node *node, uint8_t role)
{
	struct rtos_system *system = build->system;

	if (system->program_count == RTOS_IMAGE_PROGRAMS_MAX) {
		complain(&build->complaints, node->place,
		         "'%s' is one program too many; %d are possible", node->name,
		         RTOS_IMAGE_PROGRAMS_MAX);
		return;
	}
	build->nodes[system->program_count] = node;
	system->programs[system->program_count].name = node->name;
	system->programs[system->program_count].manifest.role = role;
	if (role == RTOS_ROLE_SUPERVISOR)
		system->supervisor = system->program_count;
	system->program_count++;
}

/* Adds the programs of a role. Of init and of the supervisor there is only one. */
static void program_add_all(struct rtos_build *build, const struct dts_node *list, uint8_t role)
{
	const struct dts_node *first = NULL;

	for (const struct dts_node *n = list->children; n; n = n->next) {
		if (program_role(n) != role)
			continue;
		if (role != RTOS_ROLE_PROGRAM && first)
			complain(&build->complaints, n->place,
			         "'%s' is the %s already, and there is one; take 'kumiki,role' out",
			         first->name, program_roles[role]);
		else
			program_add(build, n, role);
		first = n;
	}
}

/* Complains if init is missing, or a supervisor that is needed. A misspelt role, which was
 * complained of, may be the one that is missing. */
static void program_roles_check(struct rtos_build *build, const struct dts_node *list)
{
	const struct rtos_system *system = build->system;
	bool init = false, supervisor = false;

	for (const struct dts_node *n = list->children; n; n = n->next)
		if (!program_role_known(n))
			return;
	for (uint32_t i = 0; i < system->program_count; i++) {
		init |= system->programs[i].manifest.role == RTOS_ROLE_INIT;
		supervisor |= system->programs[i].manifest.role == RTOS_ROLE_SUPERVISOR;
	}
	if (!init)
		complain(&build->complaints, list->place,
		         "no program is the one for the kernel to start; give one of them: "
		         "kumiki,role = \"init\";");
	if (!supervisor && system->program_count > (init ? 1u : 0u))
		complain(&build->complaints, build->nodes[init ? 1 : 0]->place,
		         "no program starts '%s'; give a supervisor: kumiki,role = "
		         "\"supervisor\";",
		         build->nodes[init ? 1 : 0]->name);
}

/* ---- one program ---- */

static void program_name(struct rtos_build *build, uint32_t number)
{
	struct rtos_system_program *program = &build->system->programs[number];

	if (rtos_words_name(program->name, PROGRAM_NAME))
		memcpy(program->image.name, program->name, strlen(program->name));
	else
		complain(&build->complaints, build->nodes[number]->place,
		         "'%s' can't be a program's name; use 1 to %d letters, digits, '-' and '_'",
		         program->name, PROGRAM_NAME - 1);
}

static void program_thread(struct rtos_build *build, uint32_t number)
{
	struct rtos_system_program *program = &build->system->programs[number];
	const struct dts_node *node = build->nodes[number];
	const uint32_t pages =
	    rtos_words_pages(build, node, "kumiki,stack", PROGRAM_STACK_MOST, PROGRAM_STACK_PAGES);
	const uint32_t handles =
	    rtos_words_number(build, node, "kumiki,handles", 1,
	                      RTOS_HANDLES_A_PAGE * RTOS_HANDLE_PAGES_MAX, RTOS_HANDLES_A_PAGE);

	/* Above the supervisor, which it watches. */
	const bool watches =
	    program->manifest.role == RTOS_ROLE_INIT && build->system->supervisor != 0;

	program->image.priority =
	    (uint8_t)rtos_words_number(build, node, "kumiki,priority", 0, 255,
	                               watches ? RTOS_PRIORITIES - 1 : PROGRAM_PRIORITY);
	program->image.stack_size = pages * RTOS_PAGE;
	program->image.stack = RTOS_START_PAGE - program->image.stack_size;
	program->image.handle_pages =
	    (uint8_t)((handles + RTOS_HANDLES_A_PAGE - 1) / RTOS_HANDLES_A_PAGE);
	if (dts_property(node, "kumiki,floating-point"))
		program->image.flags = RTOS_THREAD_FP;
	program->manifest.cpu =
	    (uint8_t)rtos_words_number(build, node, "kumiki,cpu", 0, RTOS_CPUS_MAX - 1, 0);
	program->manifest.priority_limit =
	    (uint8_t)rtos_words_number(build, node, "kumiki,priority-limit",
	                               program->image.priority, 255, program->image.priority);
}

/* Complains of properties that only ordinary programs have: the supervisor supervises neither
 * itself nor init. */
static void program_needless(struct rtos_build *build, uint32_t number)
{
	static const char *const theirs[] = {
	    "kumiki,image",          "kumiki,role",     "kumiki,arguments",      "kumiki,stack",
	    "kumiki,handles",        "kumiki,priority", "kumiki,priority-limit", "kumiki,cpu",
	    "kumiki,floating-point", "phandle"};
	const struct dts_node *node = build->nodes[number];

	for (const struct dts_property *p = node->properties; p; p = p->next) {
		bool known = !rtos_words_good(node, p->name);

		for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
			known |= !strcmp(theirs[i], p->name);
		if (!known)
			complain(&build->complaints, p->place,
			         "'%s' is for programs that the supervisor starts, which '%s' "
			         "isn't; take it out",
			         p->name, node->name);
	}
}

/* Checks where its instructions come from: the image, or a file that another program loads. */
static void program_source(struct rtos_build *build, uint32_t number)
{
	const struct dts_node *node = build->nodes[number];
	const struct dts_property *image = dts_property(node, "kumiki,image");
	const struct dts_property *loaded = dts_property(node, "kumiki,loaded-by");

	if (!loaded && rtos_words_missing(node, "kumiki,image"))
		complain(&build->complaints, node->place,
		         "'%s' has no 'kumiki,image'; add: kumiki,image = \"console.elf\";",
		         node->name);
	if (loaded && image)
		complain(&build->complaints, image->place,
		         "'%s' is loaded from a file, and has no image; take one of them out",
		         node->name);
}

/* Complains of properties that a slot can't have: it offers no port, and starts only by a request
 * to its loader. */
static void program_slot_needless(struct rtos_build *build, uint32_t number)
{
	static const char *const needless[] = {
	    "kumiki,offers",        "kumiki,keep",          "kumiki,arguments",
	    "kumiki,on-demand",     "kumiki,leave-after",   "kumiki,on-crash",
	    "kumiki,on-exit",       "kumiki,restart-delay", "kumiki,restart-limit",
	    "kumiki,answer-within", "kumiki,at-limit",      "kumiki,shared-text",
	    "kumiki,dma-memory",    "kumiki,traces",        "kumiki,reaches"};
	const struct dts_node *node = build->nodes[number];

	for (size_t i = 0; i < sizeof(needless) / sizeof(needless[0]); i++) {
		const struct dts_property *property = dts_property(node, needless[i]);

		if (property)
			complain(&build->complaints, property->place,
			         "'%s' isn't for a program loaded from a file, as '%s' is; take "
			         "it out",
			         needless[i], node->name);
	}
}

/* Finds a slot's loader. Called when all programs are known. */
static void program_loader(struct rtos_build *build, uint32_t number)
{
	const struct rtos_system *system = build->system;
	const struct dts_node *node = build->nodes[number];
	uint32_t loader;

	if (!rtos_words_good(node, "kumiki,loaded-by") ||
	    system->programs[number].manifest.role != RTOS_ROLE_PROGRAM)
		return;
	program_slot_needless(build, number);
	loader = rtos_programs_find(build, dts_property(node, "kumiki,loaded-by")->items,
	                            "kumiki,loaded-by");
	if (loader == RTOS_IMAGE_PROGRAMS_MAX)
		return;
	if (system->programs[loader].manifest.role != RTOS_ROLE_PROGRAM ||
	    dts_property(build->nodes[loader], "kumiki,loaded-by"))
		complain(&build->complaints, dts_property(node, "kumiki,loaded-by")->place,
		         "'%s' can't load '%s': name a program that the supervisor starts from the "
		         "image",
		         system->programs[loader].name, node->name);
	else
		build->system->programs[number].manifest.loader = loader;
}

static void program_memory(struct rtos_build *build, uint32_t number)
{
	struct rtos_manifest_program *manifest = &build->system->programs[number].manifest;
	const struct dts_node *node = build->nodes[number];

	manifest->pages = rtos_words_pages(build, node, "kumiki,memory", PROGRAM_PAGES_MOST, 0);
	manifest->keep_pages = rtos_words_pages(build, node, "kumiki,keep", PROGRAM_PAGES_MOST, 0);
	if (rtos_words_missing(node, "kumiki,memory"))
		complain(&build->complaints, node->place,
		         "'%s' has no 'kumiki,memory'; add: kumiki,memory = \"128K\";", node->name);
}

static void program_argument(struct rtos_build *build, const struct dts_item *item)
{
	struct rtos_system *system = build->system;

	if (item->length + 1 > RTOS_STRINGS_MAX - system->string_size) {
		complain(&build->complaints, item->place,
		         "the arguments of all programs are longer than %d KiB; shorten them",
		         RTOS_STRINGS_MAX / 1024);
		return;
	}
	memcpy(system->strings + system->string_size, item->text, item->length);
	system->string_size += (uint32_t)item->length + 1;
}

static void program_arguments(struct rtos_build *build, uint32_t number)
{
	struct rtos_manifest_program *manifest = &build->system->programs[number].manifest;
	const struct dts_property *arguments =
	    dts_property(build->nodes[number], "kumiki,arguments");

	if (!rtos_words_good(build->nodes[number], "kumiki,arguments"))
		return;
	manifest->arguments = build->system->string_size;
	manifest->argument_count = (uint32_t)arguments->item_count;
	if (arguments->item_count > RTOS_ARGUMENTS_MAX)
		complain(&build->complaints, arguments->place,
		         "'%s' has more than %d arguments; take some out",
		         build->nodes[number]->name, RTOS_ARGUMENTS_MAX);
	for (const struct dts_item *item = arguments->items; item; item = item->next)
		program_argument(build, item);
}

static void program_read(struct rtos_build *build, uint32_t number)
{
	program_name(build, number);
	program_source(build, number);
	program_thread(build, number);
	program_arguments(build, number);
	if (build->system->programs[number].manifest.role != RTOS_ROLE_PROGRAM) {
		program_needless(build, number);
		return;
	}
	if (!program_role_known(build->nodes[number]))
		return;
	program_memory(build, number);
	rtos_life_read(build, number);
}

/* Complains if init isn't above the supervisor: only then can it end a supervisor that computes for
 * ever. */
static void program_init_above(struct rtos_build *build)
{
	const struct rtos_system *system = build->system;
	const uint8_t supervisor = system->programs[system->supervisor].image.priority;

	if (system->programs[0].image.priority <= supervisor)
		complain(&build->complaints, build->nodes[0]->place,
		         "'%s', at priority %u, watches the supervisor, at %u; give the "
		         "supervisor less and this program more",
		         system->programs[0].name, system->programs[0].image.priority, supervisor);
}

/* Complains of limits in a program as urgent as the supervisor: if the program hangs, the
 * supervisor must run to see it. */
static void program_below_supervisor(struct rtos_build *build)
{
	const struct rtos_system *system = build->system;
	const struct rtos_system_program *supervisor = &system->programs[system->supervisor];

	for (uint32_t i = system->supervisor + 1; i < system->program_count; i++)
		if ((system->programs[i].manifest.heartbeat_ms ||
		     system->programs[i].manifest.answer_ms ||
		     system->programs[i].manifest.compute_ms ||
		     system->programs[i].manifest.busy_ms) &&
		    system->programs[i].manifest.priority_limit >= supervisor->image.priority)
			complain(&build->complaints, build->nodes[i]->place,
			         "'%s' has a heartbeat, a time to answer in or to compute, and "
			         "may run at priority %u, and the supervisor, at %u, wouldn't "
			         "get to see that it hangs; give the supervisor more, or this "
			         "program less",
			         system->programs[i].name,
			         system->programs[i].manifest.priority_limit,
			         supervisor->image.priority);
}

/* Complains that the list is missing, or probably misspelt. */
static void programs_missing(struct rtos_build *build, const struct dts_node *list)
{
	const struct dts_node *domains = dts_child(build->tree->root, "domains");

	if (domains) {
		complain(&build->complaints, domains->place,
		         "this is a system description, not a manifest of the RTOS: 'kumiki check' "
		         "is for it");
		return;
	}
	for (const struct dts_node *n = list ? NULL : build->tree->root->children; n; n = n->next) {
		struct nearest nearest = {.word = n->name};

		nearest_offer(&nearest, "programs");
		if (!nearest_answer(&nearest))
			continue;
		complain(&build->complaints, n->place,
		         "no program is described, and '%s' isn't known; did you mean 'programs'?",
		         n->name);
		return;
	}
	complain(&build->complaints, list ? list->place : build->tree->root->place,
	         "no program is described; add: programs { NAME { kumiki,role = \"init\"; "
	         "kumiki,image = \"init.elf\"; }; };");
}

void rtos_programs_read(struct rtos_build *build)
{
	const struct dts_node *list = dts_child(build->tree->root, "programs");
	static const uint8_t order[] = {RTOS_ROLE_INIT, RTOS_ROLE_SUPERVISOR, RTOS_ROLE_PROGRAM};
	struct rtos_system *system = build->system;

	if (!list || !list->children) {
		programs_missing(build, list);
		return;
	}
	for (const struct dts_node *n = list->children; n; n = n->next)
		(void)rtos_words_choose(build, n, "kumiki,role", program_roles, 3, 0);
	for (size_t i = 0; i < sizeof(order); i++)
		program_add_all(build, list, order[i]);
	for (uint32_t i = 0; i < system->program_count; i++)
		program_read(build, i);
	for (uint32_t i = 0; i < system->program_count; i++)
		program_loader(build, i);
	program_roles_check(build, list);
	if (system->supervisor) {
		program_init_above(build);
		program_below_supervisor(build);
	}
}

/* Whether the program may be there if a node of 'programs' were right, which was complained of. */
static bool programs_refused(const struct rtos_build *build, const char *name)
{
	const struct dts_node *list = dts_child(build->tree->root, "programs");

	for (const struct dts_node *n = list ? list->children : NULL; n; n = n->next)
		if (!rtos_words_name(n->name, PROGRAM_NAME) || !strcmp(n->name, name))
			return true;
	return !list;
}

uint32_t rtos_programs_find(struct rtos_build *build, const struct dts_item *item,
                            const char *property)
{
	const struct rtos_system *system = build->system;
	struct nearest nearest = {.word = item->text};

	for (uint32_t i = 0; i < system->program_count; i++) {
		if (!strcmp(system->programs[i].name, item->text))
			return i;
		nearest_offer(&nearest, system->programs[i].name);
	}
	if (programs_refused(build, item->text))
		return RTOS_IMAGE_PROGRAMS_MAX;
	if (nearest_answer(&nearest))
		complain(&build->complaints, item->place,
		         "there is no program '%s' for '%s'; did you mean '%s'?", item->text,
		         property, nearest_answer(&nearest));
	else
		complain(&build->complaints, item->place,
		         "there is no program '%s' for '%s'; name one of 'programs'", item->text,
		         property);
	return RTOS_IMAGE_PROGRAMS_MAX;
}
