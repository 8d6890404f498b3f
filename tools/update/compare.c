/*
 * What differs between the tables by which a machine runs and those of an image: see host/update.h.
 * Everything counts but what package_tables() leaves out.
 */
#include <host/update.h>
#include <inttypes.h>
#include <lib/bundle.h>
#include <lib/package.h>
#include <stdarg.h>
#include <string.h>

struct compare {
	const struct bundle_header *running, *next;
	FILE *out;
	unsigned int found;
};

static void compare_say(struct compare *compare, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void compare_say(struct compare *compare, const char *format, ...)
{
	va_list arguments;

	compare->found++;
	fputs("  ", compare->out);
	va_start(arguments, format);
	(void)vfprintf(compare->out, format, arguments);
	va_end(arguments);
	fputc('\n', compare->out);
}

/* ---- the machine ---- */

#define FIELD(words, field)                                                                        \
	{                                                                                          \
		words, offsetof(struct bundle_header, field),                                      \
		    sizeof(((struct bundle_header *)0)->field)                                     \
	}

static const struct {
	const char *words;
	size_t at, size;
} compare_fields[] = {
    FIELD("the board", board),
    FIELD("the console's core (kumiki,console-core)", console_core),
    FIELD("kumiki,stay-on, kumiki,reset-at-failure or kumiki,update-to-lower", flags),
    FIELD("which cores are on (kumiki,power)", power),
    FIELD("how cores move (kumiki,cores-by-load, kumiki,cores-schedule)", shift),
    FIELD("the cores' speeds", speed),
    FIELD("the key of updates (kumiki,update-key)", update_key),
};

#define TABLE(words, name, entry)                                                                  \
	{                                                                                          \
		words, offsetof(struct bundle_header, name), sizeof(struct entry)                  \
	}

static const struct {
	const char *words;
	size_t at, entry_size;
} compare_tables[] = {
    TABLE("the cores", cores, bundle_core),         TABLE("windows", windows, bundle_window),
    TABLE("doorbells", doorbells, bundle_doorbell), TABLE("channels", channels, bundle_channel),
    TABLE("ends of channels", ends, bundle_end),
};

static const struct bundle_table *compare_table(const struct bundle_header *bundle, size_t at)
{
	return (const struct bundle_table *)(const void *)((const uint8_t *)bundle + at);
}

static void compare_machine(struct compare *compare)
{
	const uint8_t *running = (const uint8_t *)compare->running;
	const uint8_t *next = (const uint8_t *)compare->next;

	if (strcmp(compare->running->system, compare->next->system) != 0)
		compare_say(compare, "the system: '%s' runs, and the image is of '%s'",
		            compare->running->system, compare->next->system);
	for (size_t i = 0; i < sizeof(compare_fields) / sizeof(compare_fields[0]); i++)
		if (memcmp(running + compare_fields[i].at, next + compare_fields[i].at,
		           compare_fields[i].size) != 0)
			compare_say(compare, "%s", compare_fields[i].words);
	for (size_t i = 0; i < sizeof(compare_tables) / sizeof(compare_tables[0]); i++) {
		const struct bundle_table *a =
		    compare_table(compare->running, compare_tables[i].at);
		const struct bundle_table *b = compare_table(compare->next, compare_tables[i].at);

		if (a->count != b->count || memcmp(running + a->offset, next + b->offset,
		                                   a->count * compare_tables[i].entry_size) != 0)
			compare_say(compare, "%s", compare_tables[i].words);
	}
}

/* ---- a partition ---- */

/* Whether a partition's entries of a table are the same. */
static bool compare_same(const void *a, struct bundle_range a_range, const void *b,
                         struct bundle_range b_range, size_t entry_size)
{
	return a_range.count == b_range.count &&
	       memcmp((const uint8_t *)a + a_range.first * entry_size,
	              (const uint8_t *)b + b_range.first * entry_size,
	              a_range.count * entry_size) == 0;
}

/* The partition without what other tables say. */
static struct bundle_partition compare_bare(const struct bundle_partition *partition)
{
	struct bundle_partition bare = *partition;

	bare.vcpus = bare.regions = bare.interrupts = bare.loads = bare.functions =
	    (struct bundle_range){0, 0};
	return bare;
}

static void compare_loads(struct compare *compare, const struct bundle_partition *a,
                          const struct bundle_partition *b)
{
	const struct bundle_load *left = bundle_loads(compare->running) + a->loads.first;
	const struct bundle_load *right = bundle_loads(compare->next) + b->loads.first;

	if (a->loads.count != b->loads.count) {
		compare_say(compare, "%s: how many files it starts with", a->name);
		return;
	}
	for (uint32_t i = 0; i < a->loads.count; i++) {
		const struct bundle_part *old = bundle_parts(compare->running) + left[i].part;
		const struct bundle_part *new = bundle_parts(compare->next) + right[i].part;

		if (old->kind != new->kind || old->size != new->size ||
		    memcmp(old->sha256, new->sha256, sizeof(old->sha256)) != 0)
			compare_say(compare, "%s: the file '%s' has other bytes", a->name,
			            new->name);
		else if (left[i].pa != right[i].pa || left[i].space != right[i].space)
			compare_say(compare, "%s: the place of '%s'", a->name, new->name);
	}
}

static void compare_partition(struct compare *compare, const struct bundle_partition *a,
                              const struct bundle_partition *b)
{
	const struct bundle_header *running = compare->running, *next = compare->next;
	const struct bundle_partition left = compare_bare(a), right = compare_bare(b);

	if (memcmp(&left, &right, sizeof(left)) != 0)
		compare_say(compare, "%s: its priority, policy, rights or emulated devices",
		            a->name);
	if (!compare_same(bundle_vcpus(running), a->vcpus, bundle_vcpus(next), b->vcpus,
	                  sizeof(struct bundle_vcpu)))
		compare_say(compare, "%s: its CPUs, or what they are promised", a->name);
	if (!compare_same(bundle_regions(running), a->regions, bundle_regions(next), b->regions,
	                  sizeof(struct bundle_region)))
		compare_say(compare, "%s: its memory or its devices", a->name);
	if (!compare_same(bundle_interrupts(running), a->interrupts, bundle_interrupts(next),
	                  b->interrupts, sizeof(struct bundle_interrupt)))
		compare_say(compare, "%s: its interrupts", a->name);
	if (!compare_same(bundle_functions(running), a->functions, bundle_functions(next),
	                  b->functions, sizeof(struct bundle_function)))
		compare_say(compare, "%s: its PCI functions", a->name);
	compare_loads(compare, a, b);
}

static const struct bundle_partition *compare_find(const struct bundle_header *bundle,
                                                   const char *name)
{
	for (uint32_t i = 0; i < bundle->partitions.count; i++)
		if (strcmp(bundle_partitions(bundle)[i].name, name) == 0)
			return &bundle_partitions(bundle)[i];
	return NULL;
}

/* Numbers of partitions stand in many tables, so another set or another order says all. */
static bool compare_partitions(struct compare *compare)
{
	const struct bundle_partition *a = bundle_partitions(compare->running);
	const struct bundle_partition *b = bundle_partitions(compare->next);
	const unsigned int before = compare->found;
	bool same = compare->running->partitions.count == compare->next->partitions.count;

	for (uint32_t i = 0; i < compare->running->partitions.count; i++)
		if (compare_find(compare->next, a[i].name) == NULL)
			compare_say(compare, "%s: the image has no such partition", a[i].name);
	for (uint32_t i = 0; i < compare->next->partitions.count; i++)
		if (compare_find(compare->running, b[i].name) == NULL)
			compare_say(compare, "%s: the machine has no such partition", b[i].name);
	for (uint32_t i = 0; same && i < compare->running->partitions.count; i++)
		same = strcmp(a[i].name, b[i].name) == 0;
	if (!same && compare->found == before)
		compare_say(compare, "the order in which the partitions start");
	return same;
}

unsigned int update_compare(const struct bundle_header *running, const struct bundle_header *next,
                            FILE *out)
{
	struct compare compare = {running, next, out, 0};
	uint8_t left[PACKAGE_SUM], right[PACKAGE_SUM];

	package_tables(running, left);
	package_tables(next, right);
	if (memcmp(left, right, sizeof(left)) == 0)
		return 0;
	compare_machine(&compare);
	if (compare_partitions(&compare))
		for (uint32_t i = 0; i < running->partitions.count; i++)
			compare_partition(&compare, &bundle_partitions(running)[i],
			                  &bundle_partitions(next)[i]);
	if (compare.found == 0)
		compare_say(&compare, "where their tables or files lie in the image");
	return compare.found;
}
