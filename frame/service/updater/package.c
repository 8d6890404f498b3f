/*
 * The updater's work on a package: is it signed, and for this machine? Then its image comes, in
 * order, into the spare memory. If it has the signed sum, the frame is asked to take the image in
 * its place.
 */
#include <lib/package.h>
#include <lib/sha256.h>
#include <lib/string.h>
#include <lib/update.h>
#include <lib/version.h>
#include <service/call.h>
#include <updater/updater.h>

static bool refuse(struct words *words, const char *why)
{
	words_text(words, why);
	return false;
}

static void sum_of(const void *bytes, size_t size, uint8_t sum[PACKAGE_SUM])
{
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, bytes, size);
	sha256_end(&hash, sum);
}

/* ---- the head ---- */

/* Nothing in the head counts before this. */
static bool is_signed(const struct updater *updater, const uint8_t *bytes)
{
	uint8_t sum[PACKAGE_SUM];

	sum_of(bytes, sizeof(struct package_head), sum);
	return verify_signature(updater->bundle->update_key, sum,
	                        bytes + sizeof(struct package_head));
}

/* While a new frame may still fail, the spare memory has the old one, to which the machine would go
 * back. */
static bool is_on_trial(const struct updater *updater)
{
	const struct frame_update *last = &updater->accounts->update;
	const uint64_t trial = updater->info->counter_hz / 1000 * (UPDATE_TRIAL_NS / 1000000);

	return __atomic_load_n(&last->count, __ATOMIC_ACQUIRE) != 0 &&
	       last->outcome == UPDATE_DONE && service_time() - last->ended <= trial;
}

/* The owner's signature of an old package stays right, so the version is looked at, too. */
static bool is_high_enough(const struct updater *updater, struct words *words)
{
	const char *next = updater->head.version, *running = updater->accounts->frame.version;

	if ((updater->bundle->flags & BUNDLE_LOWERS) != 0 || !version_is_lower(next, running))
		return true;
	words_say(words, "version ", next, " is lower than ");
	words_say(words, running, ", which runs, and the description has no ",
	          "'kumiki,update-to-lower'");
	return false;
}

bool package_begin(struct updater *updater, const uint8_t *bytes, uint32_t size,
                   struct words *words)
{
	struct package_head *head = &updater->head;
	uint8_t tables[PACKAGE_SUM];

	if (size != sizeof(*head) + PACKAGE_SIGNATURE)
		return refuse(words, "a package begins with its head and the signature");
	memcpy(&updater->head, bytes, sizeof(*head));
	if (head->magic != PACKAGE_MAGIC || head->revision != PACKAGE_REVISION)
		return refuse(words, "this is no package, or one of another revision: use the "
		                     "kumiki command of the running frame's version");
	if (!is_signed(updater, bytes))
		return refuse(words, "the signature isn't one of this package by the key in "
		                     "'kumiki,update-key'");
	head->version[sizeof(head->version) - 1] = '\0';
	if (!is_high_enough(updater, words))
		return false;
	package_tables(updater->bundle, tables);
	if (memcmp(head->tables, tables, sizeof(tables)) != 0)
		return refuse(words, "the new image has other partitions or other hardware");
	if (head->image_size == 0 || head->image_size > updater->info->spare_size)
		return refuse(words, "the new frame is too large for the spare memory");
	if (is_on_trial(updater))
		return refuse(words,
		              "the frame was replaced a moment ago: try again in three seconds");
	updater->received = 0;
	return true;
}

/* ---- the image ---- */

/* What the host doesn't send are zeros. */
static void fill(struct updater *updater, uint32_t end)
{
	uint8_t *spare = (uint8_t *)(uintptr_t)updater->info->spare;

	memset(spare + updater->received, 0, end - updater->received);
	updater->received = end;
}

bool package_piece(struct updater *updater, uint32_t offset, const uint8_t *bytes, uint32_t size,
                   struct words *words)
{
	uint8_t *spare = (uint8_t *)(uintptr_t)updater->info->spare;

	if (!updater->begun)
		return refuse(words, "no package was begun, or it was refused or broken off");
	if (offset < updater->received || offset > updater->head.image_size || size == 0 ||
	    size > updater->head.image_size - offset)
		return refuse(words, "a piece doesn't belong to the package, or comes twice");
	fill(updater, offset);
	memcpy(spare + offset, bytes, size);
	updater->received += size;
	return true;
}

bool package_end(struct updater *updater, struct words *words)
{
	const struct package_head *head = &updater->head;
	uint8_t sum[PACKAGE_SUM];
	enum update_fault fault;

	if (!updater->begun)
		return refuse(words, "no package was begun, or it was refused or broken off");
	fill(updater, head->image_size);
	sum_of((const void *)(uintptr_t)updater->info->spare, head->image_size, sum);
	if (memcmp(sum, head->image, sizeof(sum)) != 0)
		return refuse(words, "the image was damaged: it doesn't have the signed sum");
	fault = (enum update_fault)service_update(head->image_size);
	words_text(words, "the frame can't be replaced by this one: ");
	return refuse(words, update_fault_text(fault));
}
