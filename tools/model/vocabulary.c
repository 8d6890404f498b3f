/*
 * The words of a description: which properties there are, where they may stand, and what form
 * their values have (host/words.h). A new property begins with a line in one of these tables.
 */
#include "build.h"
#include <host/words.h>
#include <string.h>

static const struct word words_domain[] = {
    {"compatible", "compatible = \"openamp,domain-v1\";", WORD_STRINGS, true},
    {"cpus", "cpus = <&cpus 0x3>;", WORD_CPUS, true},
    {"kumiki,core-kind", "kumiki,core-kind = \"arm,cortex-a72\";", WORD_STRING, false},
    {"kumiki,may-hold", "kumiki,may-hold = <&cpus 0x4>;", WORD_CPUS, false},
    {"kumiki,least-cores", "kumiki,least-cores = <2>;", WORD_NUMBER, false},
    {"kumiki,vcpus", "kumiki,vcpus = <4>;", WORD_NUMBER, false},
    {"kumiki,vcpu-cores", "kumiki,vcpu-cores = <0 1 0 1>;", WORD_CELLS, false},
    {"kumiki,vcpu-may-run", "kumiki,vcpu-may-run = <0x3 0x1>;", WORD_MASKS, false},
    {"kumiki,shared-cores", "kumiki,shared-cores;", WORD_FLAG, false},
    {"kumiki,vcpu-priorities", "kumiki,vcpu-priorities = <200 100>;", WORD_CELLS, false},
    {"kumiki,task-priority", "kumiki,task-priority = <50 200>;", WORD_PAIRS, false},
    {"kumiki,budget", "kumiki,budget = <2000 10000>;", WORD_PAIRS, false},
    {"kumiki,budget-kind", "kumiki,budget-kind = \"limit\";", WORD_STRINGS, false},
    {"kumiki,period", "kumiki,period = <10000>;", WORD_CELLS, false},
    {"kumiki,deadline", "kumiki,deadline = <5000>;", WORD_CELLS, false},
    {"kumiki,work", "kumiki,work = <1000>;", WORD_CELLS, false},
    {"kumiki,on-miss", "kumiki,on-miss = \"log\";", WORD_STRINGS, false},
    {"kumiki,realtime", "kumiki,realtime;", WORD_FLAG, false},
    {"memory", "memory = <0x0 0x50000000 0x0 0x10000000>;", WORD_CELLS, false},
    {"access", "access = <&virtio_mmio31>;", WORD_LABELS, false},
    {"id", "id = <1>;", WORD_NUMBER, false},
    {"os,type", "os,type = \"linux\";", WORD_STRINGS, false},
    {"#address-cells", "#address-cells = <2>;", WORD_NUMBER, false},
    {"#size-cells", "#size-cells = <2>;", WORD_NUMBER, false},
    {"phandle", "", WORD_ANY, false},
    {"kumiki,memory", "kumiki,memory = \"512M\";", WORD_STRINGS, false},
    {"kumiki,unconfined-dma", "kumiki,unconfined-dma = <&virtio_mmio31>;", WORD_LABELS, false},
    {"kumiki,image", "kumiki,image = \"Image\";", WORD_STRING, true},
    {"kumiki,initrd", "kumiki,initrd = \"initrd.gz\";", WORD_STRING, false},
    {"kumiki,dtb", "kumiki,dtb = \"mine.dtb\";", WORD_STRING, false},
    {"kumiki,dtb-address", "kumiki,dtb-address = <0x40000000>;", WORD_ADDRESS, false},
    {"kumiki,no-dtb", "kumiki,no-dtb;", WORD_FLAG, false},
    {"kumiki,console", "kumiki,console;", WORD_FLAG, false},
    {"kumiki,panel", "kumiki,panel;", WORD_FLAG, false},
    {"kumiki,no-rtc", "kumiki,no-rtc;", WORD_FLAG, false},
    {"kumiki,no-watchdog", "kumiki,no-watchdog;", WORD_FLAG, false},
    {"kumiki,link-address", "kumiki,link-address = <0x40080000>;", WORD_ADDRESS, false},
    {"kumiki,entry", "kumiki,entry = <0x40080000>;", WORD_ADDRESS, false},
    {"kumiki,start-order", "kumiki,start-order = <1>;", WORD_NUMBER, false},
    {"kumiki,priority", "kumiki,priority = <100>;", WORD_NUMBER, false},
    {"kumiki,on-crash", "kumiki,on-crash = \"restart\";", WORD_STRING, false},
    {"kumiki,at-limit", "kumiki,at-limit = \"stop\";", WORD_STRING, false},
    {"kumiki,restart-limit", "kumiki,restart-limit = <5 60>;", WORD_PAIR, false},
    {"kumiki,restart-delay", "kumiki,restart-delay = <100>;", WORD_NUMBER, false},
    {"kumiki,no-restart", "kumiki,no-restart;", WORD_FLAG, false},
    {"kumiki,manual", "kumiki,manual;", WORD_FLAG, false},
    {"kumiki,after", "kumiki,after = \"linux\";", WORD_STRINGS, false},
    {"kumiki,manages", "kumiki,manages = \"linux\";", WORD_STRINGS, false},
    {"kumiki,manages-power", "kumiki,manages-power;", WORD_FLAG, false},
    {"kumiki,suspended-time", "kumiki,suspended-time = \"hidden\";", WORD_STRING, false},
    {"kumiki,keep", "kumiki,keep = \"64K\";", WORD_STRINGS, false},
    {"kumiki,ramoops", "kumiki,ramoops = \"256K\";", WORD_STRING, false},
    {"sram", "name the memory's node in 'access' instead", WORD_REFUSED, false},
    {"reserved-memory", "name an address in 'kumiki,memory' instead", WORD_REFUSED, false},
    {NULL, NULL, WORD_ANY, false},
};

static const struct word words_chosen[] = {
    {"bootargs", "bootargs = \"console=ttyAMA0\";", WORD_TEXT, false},
    {"phandle", "", WORD_ANY, false},
    {NULL, NULL, WORD_ANY, false},
};

static const struct word words_domains[] = {
    {"#address-cells", "#address-cells = <2>;", WORD_NUMBER, false},
    {"#size-cells", "#size-cells = <2>;", WORD_NUMBER, false},
    {"phandle", "", WORD_ANY, false},
    {NULL, NULL, WORD_ANY, false},
};

static const struct word words_window[] = {
    {"kumiki,size", "kumiki,size = \"64K\";", WORD_STRING, true},
    {"kumiki,writers", "kumiki,writers = \"left\", \"right\";", WORD_STRINGS, true},
    {"kumiki,readers", "kumiki,readers = \"monitor\";", WORD_STRINGS, false},
    {"kumiki,doorbells", "kumiki,doorbells;", WORD_FLAG, false},
    {"phandle", "", WORD_ANY, false},
    {NULL, NULL, WORD_ANY, false},
};

static const struct word words_doorbell[] = {
    {"kumiki,from", "kumiki,from = \"left\";", WORD_STRINGS, true},
    {"kumiki,to", "kumiki,to = \"right\";", WORD_STRINGS, true},
    {"phandle", "", WORD_ANY, false},
    {NULL, NULL, WORD_ANY, false},
};

/* Nodes of the root whose children are all of one kind. */
static const struct word_list {
	const char *name;
	const struct word *words;
	const char *child, *one; /* "a window", "window" */
} word_lists[] = {
    {"windows", words_window, "a window", "window"},
    {"doorbells", words_doorbell, "a doorbell", "doorbell"},
};
#define WORD_LISTS (sizeof(word_lists) / sizeof(word_lists[0]))

/* Of the root: beside these, everything that doesn't begin with "kumiki,". */
static const struct word words_root[] = {
    {"kumiki,system", "kumiki,system = \"demo\";", WORD_STRING, false},
    {"kumiki,console-core", "kumiki,console-core = <0>;", WORD_NUMBER, false},
    {"kumiki,free-cores", "kumiki,free-cores = <4>;", WORD_CELLS, false},
    {"kumiki,stay-on", "kumiki,stay-on;", WORD_FLAG, false},
    {"kumiki,power", "kumiki,power = \"balanced\";", WORD_STRING, false},
    {"kumiki,power-schedule", "kumiki,power-schedule = \"22:00 powersave\";", WORD_STRINGS, false},
    {"kumiki,cores-by-load", "kumiki,cores-by-load;", WORD_FLAG, false},
    {"kumiki,cores-schedule", "kumiki,cores-schedule = \"22:00 2 worker\";", WORD_STRINGS, false},
    {"kumiki,core-power", "kumiki,core-power = <616 15 0>;", WORD_CELLS, false},
    {"kumiki,board", "kumiki,board = \"qemu-virt\";", WORD_STRING, false},
    {"kumiki,qemu-machine", "kumiki,qemu-machine = \"virt\";", WORD_STRING, false},
    {"kumiki,qemu-cpu", "kumiki,qemu-cpu = \"cortex-a57\";", WORD_STRING, false},
    {"kumiki,qemu-cpus", "kumiki,qemu-cpus = <4>;", WORD_NUMBER, false},
    {"kumiki,instruction-time", "kumiki,instruction-time = <1000>;", WORD_NUMBER, false},
    {NULL, NULL, WORD_ANY, false},
};

/* Of every other node, likewise. */
static const struct word words_device[] = {
    {"kumiki,qemu-device", "kumiki,qemu-device = \"virtio-blk-device,drive=d0\";", WORD_STRING,
     false},
    {"kumiki,core-power", "kumiki,core-power = <616 15 0>;", WORD_CELLS, false},
    {"kumiki,remote-entry", "kumiki,remote-entry = <0x0>;", WORD_ADDRESS, false},
    {"kumiki,remote-reset", "kumiki,remote-reset = <&rpu>;", WORD_LABELS, false},
    {"kumiki,qemu-args", "kumiki,qemu-args = \"-drive if=none,id=d0,file=disk.img,format=raw\";",
     WORD_STRING, false},
    {NULL, NULL, WORD_ANY, false},
};

bool vocabulary_good(const struct dts_node *node, const char *name)
{
	static const struct word *const all[] = {words_domain, words_chosen, words_root,
	                                         words_device, words_window, words_doorbell};
	const struct dts_property *property = dts_property(node, name);

	for (size_t i = 0; property && i < sizeof(all) / sizeof(all[0]); i++) {
		const struct word *word = word_find(all[i], name);

		if (word)
			return word_fits(property, word->form);
	}
	return false;
}

/* The list whose nodes have such a property; NULL: none. */
static const struct word_list *word_list_of(const char *name)
{
	for (size_t i = 0; i < WORD_LISTS; i++)
		if (!strncmp(name, "kumiki,", 7) && word_find(word_lists[i].words, name))
			return &word_lists[i];
	return NULL;
}

static void word_unknown(struct build *build, const struct dts_property *property,
                         const struct word *words, const char *where)
{
	const char *answer = words_meant(words, property->name);
	const struct word_list *list = word_list_of(property->name);

	if (!answer && list)
		complain(&build->complaints, property->place,
		         "%s has no property '%s'; a %s has it: write it inside of a node of %s { "
		         "}; at the root",
		         where, property->name, list->one, list->name);
	else if (answer)
		complain(&build->complaints, property->place,
		         "%s has no property '%s'; did you mean '%s'?", where, property->name,
		         answer);
	else if (words == words_domain && word_find(words_chosen, property->name))
		complain(&build->complaints, property->place,
		         "%s has no property '%s'; write it inside of its node chosen { };", where,
		         property->name);
	else
		complain(&build->complaints, property->place,
		         "%s has no property '%s'; remove it (docs/description.md lists them)",
		         where, property->name);
}

/* `open`: only what begins with "kumiki," has to be in the table. */
static void words_check(struct build *build, const struct dts_node *node, const struct word *words,
                        bool open, const char *where)
{
	for (const struct dts_property *p = node->properties; p; p = p->next) {
		const struct word *word = word_find(words, p->name);

		if (word)
			word_check(&build->complaints, p, word);
		else if (!open || !strncmp(p->name, "kumiki,", 7))
			word_unknown(build, p, words, where);
	}
	words_missing(&build->complaints, node, words);
}

/* Nothing of ours has nodes of its own inside. */
static void vocabulary_leaf(struct build *build, const struct dts_node *node, const char *what)
{
	if (node->children)
		complain(&build->complaints, node->children->place,
		         "%s has no nodes; take '%s' out", what, node->children->name);
}

static void vocabulary_domain(struct build *build, const struct dts_node *domain)
{
	words_check(build, domain, words_domain, false, "a partition");
	for (const struct dts_node *child = domain->children; child; child = child->next) {
		if (!strcmp(child->name, "chosen")) {
			words_check(build, child, words_chosen, false, "a partition's 'chosen'");
			vocabulary_leaf(build, child, "a partition's 'chosen'");
			continue;
		}
		complain(&build->complaints, child->place,
		         "a partition has no node '%s'; only 'chosen' may stand inside it",
		         child->name);
	}
}

static void vocabulary_list(struct build *build, const struct word_list *list)
{
	const struct dts_node *node = dts_child(build->tree->root, list->name);

	if (!node)
		return;
	words_check(build, node, words_domains, false,
	            arena_format(build->arena, "'%s'", list->name));
	for (const struct dts_node *child = node->children; child; child = child->next) {
		words_check(build, child, list->words, false, list->child);
		vocabulary_leaf(build, child, list->child);
	}
}

/* A node of the root that is none of the board. */
static bool vocabulary_own(const struct dts_node *top)
{
	bool own = !strcmp(top->name, "domains");

	for (size_t i = 0; i < WORD_LISTS; i++)
		own |= !strcmp(top->name, word_lists[i].name);
	return own;
}

static void vocabulary_devices(struct build *build)
{
	const struct dts_node *node = dts_walk(build->tree->root);

	while (node) {
		const struct dts_node *next = dts_walk(node);
		const struct dts_node *top = node;

		while (top->parent->parent)
			top = top->parent;
		if (!vocabulary_own(top))
			words_check(build, node, words_device, true, "a device");
		node = next;
	}
}

bool vocabulary_misspelt(const struct dts_node *node, const char *name)
{
	return words_misspelt(node, words_domain, name);
}

void vocabulary_check(struct build *build)
{
	const struct dts_node *domains = dts_child(build->tree->root, "domains");

	words_check(build, build->tree->root, words_root, true, "the root");
	vocabulary_devices(build);
	for (size_t i = 0; i < WORD_LISTS; i++)
		vocabulary_list(build, &word_lists[i]);
	if (!domains)
		return;
	words_check(build, domains, words_domains, false, "'domains'");
	for (const struct dts_node *d = domains->children; d; d = d->next)
		if (domains_is_domain(d))
			vocabulary_domain(build, d);
}
