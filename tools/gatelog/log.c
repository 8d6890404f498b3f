/* Checks a gateway's log; see log.h. */
#include <gatelog/log.h>
#include <lib/gatelog.h>
#include <stdlib.h>
#include <string.h>

#define LOG_RECORD sizeof(struct gatelog_record)

/* ---- the head ---- */

static int log_digit(char character)
{
	const char *const digits = "0123456789abcdef";
	const char *at = character != '\0' ? strchr(digits, character) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool log_parse_head(const char *text, struct log_head *head)
{
	char *end;

	head->count = strtoull(text, &end, 10);
	if (end == text || *end != ':' || strlen(++end) != sizeof(head->seal) * 2)
		return false;
	for (size_t i = 0; i < sizeof(head->seal); i++) {
		const int high = log_digit(end[2 * i]), low = log_digit(end[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		head->seal[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* ---- records ---- */

struct gatelog_record log_record(const uint8_t *bytes, uint64_t number)
{
	struct gatelog_record record;

	memcpy(&record, bytes + number * LOG_RECORD, LOG_RECORD);
	return record;
}

static const char *log_wrong(const struct gatelog_record *record, uint64_t number,
                             const uint8_t key[GATELOG_KEY], const uint8_t before[GATELOG_SEAL])
{
	if (record->magic != GATELOG_MAGIC)
		return "it is no record";
	if (!gatelog_is_sealed(key, before, record))
		return "its seal is wrong: it or the record before was changed, or the key is "
		       "another one";
	if (record->number != number)
		return "it has another record's number";
	if (record->kind == 0 || record->kind >= GATELOG_KINDS || record->reason >= GATELOG_REASONS)
		return "it is of an unknown kind";
	return NULL;
}

struct log_fault log_check(const uint8_t *bytes, size_t size, const uint8_t key[GATELOG_KEY],
                           const struct log_head *head)
{
	const uint64_t count = size / LOG_RECORD;
	uint8_t before[GATELOG_SEAL] = {0};
	struct log_fault fault = {NULL, 0};

	for (uint64_t i = 0; i < count; i++) {
		const struct gatelog_record record = log_record(bytes, i);

		fault = (struct log_fault){log_wrong(&record, i, key, before), i};
		if (fault.what)
			return fault;
		memcpy(before, record.seal, sizeof(before));
		if (head && head->count == i + 1 && memcmp(head->seal, before, sizeof(before)) != 0)
			return (struct log_fault){"its seal isn't the head's", i};
	}
	if (size % LOG_RECORD != 0)
		return (struct log_fault){"the file ends within it", count};
	if (head && head->count > count)
		return (struct log_fault){"it isn't there: the log was cut", count};
	return fault;
}
