/*
 * The loader's work for each job: see service/loader.h. A job's data come from a bundle that the
 * frame has verified. The sizes in the jobs bound the time of each run.
 */
#include <lib/crc32c.h>
#include <service/loader.h>

#define LOADER_STRETCH    (1ULL << 30) /* of memory that is zeroed between two calls of the frame */
#define FDT_NOP           0x04000000u  /* big-endian 4 */
#define FDT_PROPERTY_HEAD 12u          /* words before a property's value: tag, length, name */

static void copy_bytes(uint8_t *to, const uint8_t *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = from[i];
}

/* Copies an image and returns its sum. The bytes behind the last whole block are copied one by one,
 * and cleaned with that block. */
static uint32_t loader_copy(const struct loader_job *job)
{
	uint8_t *to = (uint8_t *)(uintptr_t)job->destination;
	const uint8_t *from = (const uint8_t *)(uintptr_t)job->source;
	size_t whole = job->size / LOADER_BLOCK * LOADER_BLOCK;
	uint32_t crc = ~machine_copy(to, from, whole / LOADER_BLOCK, ~0u);
	size_t cleaned = whole ? whole - LOADER_BLOCK : 0;

	copy_bytes(to + whole, from + whole, job->size - whole);
	machine_clean(to + cleaned, job->size - cleaned);
	return crc32c(crc, from + whole, job->size - whole);
}

static void loader_blot(uint8_t *value, size_t size)
{
	uint32_t *word = (uint32_t *)(void *)(value - FDT_PROPERTY_HEAD);

	for (size_t i = 0; i < (FDT_PROPERTY_HEAD + size) / sizeof(*word); i++)
		word[i] = FDT_NOP;
}

/* Puts fresh bytes into a property's value. Without fresh bytes the property goes, as a guest would
 * take its zeros for random. */
static void loader_seed(const struct loader_job *job, uint32_t offset, bool have,
                        const uint8_t *seed, size_t size)
{
	uint8_t *value = (uint8_t *)(uintptr_t)job->destination + offset;

	if (offset < FDT_PROPERTY_HEAD || offset % 4 || offset > job->size ||
	    job->size - offset < size)
		return;
	if (have)
		copy_bytes(value, seed, size);
	else
		loader_blot(value, size);
	machine_clean(value - FDT_PROPERTY_HEAD, FDT_PROPERTY_HEAD + size);
}

/* The frame takes a service for one that loops if it makes no call for half a minute. */
static void zero(uint64_t from, uint64_t end)
{
	for (; from < end && end - from > LOADER_STRETCH; from += LOADER_STRETCH) {
		machine_zero((void *)(uintptr_t)from, LOADER_STRETCH);
		(void)machine_deadline(0); /* a call */
	}
	if (end > from)
		machine_zero((void *)(uintptr_t)from, end - from);
}

static bool loader_job(const struct loader_job *job, const struct seeds *seeds)
{
	if (loader_copy(job) != job->crc)
		return false;
	loader_seed(job, job->kaslr_seed, seeds->have, seeds->kaslr, sizeof(seeds->kaslr));
	loader_seed(job, job->rng_seed, seeds->have, seeds->rng, sizeof(seeds->rng));
	zero(job->destination + job->size, job->destination + job->space);
	return true;
}

static uint32_t bounded(uint32_t count, uint32_t most)
{
	return count < most ? count : most;
}

/* The place of the next job that begins at an address or behind it; without one, the end. */
static struct loader_range next_laid_out(const struct loader_info *info, uint64_t from,
                                         uint64_t end)
{
	struct loader_range next = {.base = end};

	for (uint32_t i = 0; i < bounded(info->jobs, LOADER_JOBS_MAX); i++) {
		const struct loader_job *job = &info->job[i];

		if (job->destination >= from && job->destination < next.base)
			next = (struct loader_range){.base = job->destination, .size = job->space};
	}
	return next;
}

/* Zeroes a range, except where jobs lie. Jobs lie apart from each other, each within one range. */
static void loader_wipe(const struct loader_info *info, const struct loader_range *range)
{
	uint64_t from = range->base, end = range->base + range->size;

	while (from < end) {
		struct loader_range laid_out = next_laid_out(info, from, end);

		zero(from, laid_out.base);
		from = laid_out.base + laid_out.size;
	}
}

static uint64_t loader_silence_one(const struct loader_info *info, uint32_t index)
{
	const struct loader_device *device = &info->device[index];

	if (info->task == LOADER_FIRST && !silence_at_first(device->silence))
		return LOADER_OK;
	if (!silence(device))
		return LOADER_NOISY | (uint64_t)index << 8;
	if ((device->flags & LOADER_CONFINED) != 0 && !silence_is_confined(device))
		return LOADER_UNCONFINED | (uint64_t)index << 8;
	return LOADER_OK;
}

uint64_t loader_silence(const struct loader_info *info)
{
	uint64_t status = LOADER_OK;

	for (uint32_t i = 0; i < bounded(info->devices, LOADER_DEVICES_MAX); i++) {
		status = loader_silence_one(info, i);
		if (status != LOADER_OK)
			break;
	}
	return status;
}

static uint64_t loader_lay_out(const struct loader_info *info, const struct seeds *seeds)
{
	for (uint32_t i = 0; i < bounded(info->jobs, LOADER_JOBS_MAX); i++)
		if (!loader_job(&info->job[i], seeds))
			return LOADER_DAMAGED | (uint64_t)i << 8;
	return LOADER_OK;
}

/* Derives seeds if a job takes any: only then the secret is used up. */
static void loader_take_seeds(const struct loader_info *info, struct seeds *seeds,
                              uint64_t next[LOADER_SECRET_WORDS])
{
	__builtin_memcpy(next, info->secret, sizeof(info->secret));
	for (uint32_t i = 0; i < bounded(info->jobs, LOADER_JOBS_MAX); i++) {
		if (info->job[i].kaslr_seed == 0 && info->job[i].rng_seed == 0)
			continue;
		seeds_derive(info->secret, seeds, next);
		return;
	}
}

/* Takes kept memory out of the caches, too: the partition's next life begins with its caches off.
 */
static void loader_clean_kept(const struct loader_info *info)
{
	uint32_t first = bounded(info->ranges, LOADER_RANGES_MAX);
	uint32_t end = first + bounded(info->kept, LOADER_RANGES_MAX - first);

	for (uint32_t i = first; i < end; i++)
		machine_clean((const void *)(uintptr_t)info->range[i].base, info->range[i].size);
}

static void loader_forget(const struct loader_info *info)
{
	for (uint32_t i = 0; i < bounded(info->ranges, LOADER_RANGES_MAX); i++)
		loader_wipe(info, &info->range[i]);
	loader_clean_kept(info);
}

uint64_t loader_run(const struct loader_info *info, uint64_t next[LOADER_SECRET_WORDS])
{
	uint64_t status = loader_silence(info);
	struct seeds seeds = {.have = false};

	loader_take_seeds(info, &seeds, next);
	if (status == LOADER_OK)
		status = loader_lay_out(info, &seeds);
	if (status == LOADER_OK && info->task == LOADER_AGAIN)
		loader_forget(info);
	machine_finish();
	return status;
}
