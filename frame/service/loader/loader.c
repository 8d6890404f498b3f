/*
 * What the loader does for each job: see service/loader.h. Job data come from a bundle that the
 * frame has verified; nothing here runs longer than the sizes in them say.
 */
#include <lib/crc32c.h>
#include <service/loader.h>

#define FDT_NOP           0x04000000u /* big-endian 4 */
#define FDT_PROPERTY_HEAD 12u         /* tag, length, name: the words before a property's value */

static void copy_bytes(uint8_t *to, const uint8_t *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = from[i];
}

/* The rest behind the last whole block is copied byte by byte; the last block is cleaned with it.
 */
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

/* Fresh bytes into a property's value; without any, the property must not be there at all: a guest
 * would take the zeros for random. */
static void loader_seed(const struct loader_info *info, const struct loader_job *job,
                        uint32_t offset, const uint8_t *seed, size_t size)
{
	uint8_t *value = (uint8_t *)(uintptr_t)job->destination + offset;

	if (offset < FDT_PROPERTY_HEAD || offset % 4 || offset > job->size ||
	    job->size - offset < size)
		return;
	if (info->have_seed)
		copy_bytes(value, seed, size);
	else
		loader_blot(value, size);
	machine_clean(value - FDT_PROPERTY_HEAD, FDT_PROPERTY_HEAD + size);
}

static bool loader_job(const struct loader_info *info, const struct loader_job *job)
{
	if (loader_copy(job) != job->crc)
		return false;
	loader_seed(info, job, job->kaslr_seed, info->kaslr_seed, sizeof(info->kaslr_seed));
	loader_seed(info, job, job->rng_seed, info->rng_seed, sizeof(info->rng_seed));
	if (job->space > job->size)
		machine_zero((uint8_t *)(uintptr_t)job->destination + job->size,
		             job->space - job->size);
	return true;
}

uint64_t loader_run(const struct loader_info *info)
{
	uint32_t jobs = info->jobs < LOADER_JOBS_MAX ? info->jobs : LOADER_JOBS_MAX;
	uint64_t status = LOADER_OK;

	for (uint32_t i = 0; i < jobs && status == LOADER_OK; i++)
		if (!loader_job(info, &info->job[i]))
			status = LOADER_DAMAGED | (uint64_t)i << 8;
	machine_finish();
	return status;
}
