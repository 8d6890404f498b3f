/* SPDX-License-Identifier: MIT-0 */
/* Partitions: their names, states and commands, and copies of their black boxes. */
#include <errno.h>
#include <inttypes.h>
#include <kumiki/hypercall.h>
#include <kumiki/panel.h>
#include <libkumiki/libkumiki.h>
#include <stdio.h>
#include <string.h>

#define PARTITION_TRIES  4 /* to read values that may change meanwhile */
#define PARTITION_DENIED UINT32_MAX

void kumiki_name(const struct kumiki *kumiki, uint32_t partition, char name[KUMIKI_NAME_SIZE + 1])
{
	if (partition == HOLD_NOBODY) {
		memcpy(name, HOLD_NOBODYS_NAME, sizeof(HOLD_NOBODYS_NAME));
		return;
	}
	if (partition >= KUMIKI_PARTITIONS_MAX) {
		name[0] = '\0';
		return;
	}
	for (uint32_t at = 0; at < KUMIKI_NAME_SIZE; at += 4) {
		const uint32_t part =
		    kumiki_device_read(&kumiki->device, PANEL_NAME(partition) + at);

		memcpy(name + at, &part, 4);
	}
	name[KUMIKI_NAME_SIZE] = '\0';
}

int kumiki_partition(struct kumiki *kumiki, const char *name)
{
	char each[KUMIKI_NAME_SIZE + 1], all[KUMIKI_ERROR_SIZE / 2] = "";

	for (uint32_t i = 0; i < kumiki->partition_count; i++) {
		const size_t used = strlen(all);

		kumiki_name(kumiki, i, each);
		if (strcmp(each, name) == 0)
			return (int)i;
		(void)snprintf(all + used, sizeof(all) - used, " %s", each);
	}
	return kumiki_fail(kumiki, "there is no partition %s; there are:%s", name, all);
}

bool kumiki_manages(const struct kumiki *kumiki, uint32_t partition)
{
	return partition < 32 && (kumiki->managed >> partition & 1) != 0;
}

static int partition_denied(struct kumiki *kumiki, uint32_t partition)
{
	char name[KUMIKI_NAME_SIZE + 1], own[KUMIKI_NAME_SIZE + 1];

	kumiki_name(kumiki, partition, name);
	if (partition == kumiki->index)
		return kumiki_fail(
		    kumiki,
		    "%s is this partition, and no partition manages itself: let the system do it "
		    "(reboot, poweroff)",
		    name);
	kumiki_name(kumiki, kumiki->index, own);
	return kumiki_fail(
	    kumiki,
	    "%s isn't managed by this partition: write `kumiki,manages = \"%s\";` in "
	    "%s's node of the system description",
	    name, name, own);
}

/* Says why a partition can't be suspended. */
static int partition_stays(struct kumiki *kumiki, uint32_t partition)
{
	char name[KUMIKI_NAME_SIZE + 1];

	kumiki_name(kumiki, partition, name);
	return kumiki_fail(kumiki,
	                   "%s can't be suspended: nothing holds its core of another architecture "
	                   "where it is; stop it",
	                   name);
}

bool kumiki_exists(struct kumiki *kumiki, uint32_t partition)
{
	if (partition < kumiki->partition_count)
		return true;
	(void)kumiki_fail(kumiki, "there is no partition number %" PRIu32 ": there are %" PRIu32,
	                  partition, kumiki->partition_count);
	return false;
}

/* ---- state and commands ---- */

static struct life_status partition_read(const struct kumiki *kumiki, uint32_t partition)
{
	const uint32_t at = PANEL_STATE(partition);
	const struct kumiki_device *device = &kumiki->device;

	return (struct life_status){.state = kumiki_device_read(device, at),
	                            .reason = kumiki_device_read(device, at + 4),
	                            .starts = kumiki_device_read(device, at + 8),
	                            .failed = kumiki_device_read(device, at + 12)};
}

/* Reads four words as of one moment: reads until two readings agree. If they never do, gives the
 * last reading. */
int kumiki_state(struct kumiki *kumiki, uint32_t partition, struct life_status *status)
{
	struct life_status before;

	if (!kumiki_exists(kumiki, partition))
		return -1;
	*status = partition_read(kumiki, partition);
	for (int i = 0; i < PARTITION_TRIES; i++) {
		before = *status;
		*status = partition_read(kumiki, partition);
		if (memcmp(&before, status, sizeof(before)) == 0)
			break;
	}
	return status->state == PARTITION_DENIED ? partition_denied(kumiki, partition) : 0;
}

int kumiki_command(struct kumiki *kumiki, uint32_t partition, enum life_command command)
{
	const struct kumiki_device *device = &kumiki->device;
	int32_t result;

	if (!kumiki_exists(kumiki, partition))
		return -1;
	if (kumiki_device_lock(device) != 0)
		return kumiki_fail(kumiki, "can't lock the panel: %s", strerror(errno));
	kumiki_device_write(device, PANEL_COMMAND(partition), command);
	result = (int32_t)kumiki_device_read(device, PANEL_RESULT);
	kumiki_device_unlock(device);
	if (result == 0)
		return 0;
	if (result == KUMIKI_DENIED)
		return partition_denied(kumiki, partition);
	return result == KUMIKI_NOT_SUPPORTED
	           ? partition_stays(kumiki, partition)
	           : kumiki_fail(kumiki, "the frame knows no command %d", (int)command);
}

/* ---- black boxes ---- */

static const struct blackbox *partition_box(struct kumiki *kumiki, uint32_t partition)
{
	char name[KUMIKI_NAME_SIZE + 1];

	if (!kumiki_exists(kumiki, partition))
		return NULL;
	if (!kumiki_manages(kumiki, partition)) {
		(void)partition_denied(kumiki, partition);
		return NULL;
	}
	kumiki_name(kumiki, partition, name);
	for (uint32_t i = 0; i < kumiki->box_count; i++)
		if (strcmp(kumiki->boxes[i].name, name) == 0)
			return kumiki->boxes[i].memory;
	(void)kumiki_fail(kumiki,
	                  "the device tree says nothing of %s's black box (`reg` of "
	                  "/hypervisor/manager): was the image packed by an older `kumiki`?",
	                  name);
	return NULL;
}

/* The sizes in the box say where its parts are, so they have to be right. */
static int partition_check_box(struct kumiki *kumiki, const struct blackbox *box)
{
	if (box->magic != BLACKBOX_MAGIC)
		return kumiki_fail(kumiki,
		                   "nothing was written to this black box yet: the console service "
		                   "of the frame doesn't run");
	if (box->revision != BLACKBOX_REVISION || box->size != sizeof(*box))
		return kumiki_fail(kumiki,
		                   "the black box is of revision %" PRIu32
		                   ", this library of %u: use the one that came with the frame",
		                   box->revision, BLACKBOX_REVISION);
	if (box->words_size > BLACKBOX_WORDS_SIZE)
		return kumiki_fail(kumiki,
		                   "the black box is damaged: its report has %" PRIu32
		                   " bytes in a place of %u",
		                   box->words_size, BLACKBOX_WORDS_SIZE);
	if (box->former_size > BLACKBOX_FORMER_SIZE ||
	    box->former_words > BLACKBOX_FORMER_SIZE - box->former_size)
		return kumiki_fail(kumiki,
		                   "the black box is damaged: %" PRIu32 " and %" PRIu32
		                   " bytes of it are from before the reset, in a place of %u",
		                   box->former_size, box->former_words, BLACKBOX_FORMER_SIZE);
	for (uint32_t i = 0; i < BUNDLE_CORES_MAX; i++)
		if (box->trace_count[i] > BLACKBOX_TRACE_EVENTS)
			return kumiki_fail(kumiki,
			                   "the black box is damaged: core %" PRIu32 " has %" PRIu32
			                   " events in a place of %u",
			                   i, box->trace_count[i], BLACKBOX_TRACE_EVENTS);
	return 0;
}

/* The console service may be writing one slot that isn't counted yet. So the copy is sure of one
 * slot less than all. */
static uint64_t partition_oldest(uint64_t count, uint64_t slots)
{
	return count < slots ? 0 : count - slots + 1;
}

/* Copies the box. True: the crash report didn't change meanwhile. Otherwise the copy has no report.
 */
static bool partition_copy(const struct blackbox *box, struct kumiki_blackbox *copy)
{
	const volatile struct blackbox *now = box;
	uint64_t printed;
	uint32_t events;

	memcpy(&copy->box, box, sizeof(copy->box));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	printed = now->printed;
	events = now->events;
	copy->first_character = partition_oldest(printed, BLACKBOX_CONSOLE_SIZE);
	copy->first_event = (uint32_t)partition_oldest(events, BLACKBOX_EVENTS);
	/* Only if all entries were overwritten meanwhile. */
	if (copy->first_character > copy->box.printed)
		copy->first_character = copy->box.printed;
	if (copy->first_event > copy->box.events)
		copy->first_event = copy->box.events;
	if (now->crashes == copy->box.crashes && now->words_size == copy->box.words_size &&
	    (copy->box.words_size != 0 || copy->box.crashes == 0))
		return true;
	copy->box.words_size = 0;
	return false;
}

int kumiki_blackbox(struct kumiki *kumiki, uint32_t partition, struct kumiki_blackbox *copy)
{
	const struct blackbox *box = partition_box(kumiki, partition);

	if (box == NULL)
		return -1;
	for (int i = 0; i < PARTITION_TRIES; i++)
		if (partition_copy(box, copy))
			break;
	return partition_check_box(kumiki, &copy->box);
}

int kumiki_printed(struct kumiki *kumiki, uint32_t partition, uint64_t *characters)
{
	const volatile struct blackbox *box = partition_box(kumiki, partition);

	if (box == NULL)
		return -1;
	*characters = box->printed;
	return 0;
}
