/* Prints a record of the gateway's log in words; see log.h. */
#include <gatelog/log.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define PRINT_SECOND 1000000000u
#define PRINT_UNSET  (UINT64_C(315532800) * PRINT_SECOND) /* 1980: an earlier time isn't a date */

#define PRINT_IP  0x0800
#define PRINT_ARP 0x0806

enum print_protocol { PRINT_ICMP = 1, PRINT_TCP = 6, PRINT_UDP = 17 };

static void print_time(uint64_t time, FILE *out)
{
	const time_t seconds = (time_t)(time / PRINT_SECOND);
	const unsigned milliseconds = (unsigned)(time % PRINT_SECOND / 1000000);
	char text[32] = "";
	struct tm parts;

	if (time < PRINT_UNSET)
		fprintf(out, "%12.3f s", (double)time / PRINT_SECOND);
	else if (gmtime_r(&seconds, &parts) &&
	         strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts) != 0)
		fprintf(out, "%s.%03u", text, milliseconds);
}

static void print_protocol(const struct gatelog_record *record, FILE *out)
{
	if (record->type == PRINT_ARP)
		fputs("arp", out);
	else if (record->type != PRINT_IP)
		fprintf(out, "ethernet 0x%04x", record->type);
	else if (record->protocol == PRINT_ICMP)
		fputs("icmp", out);
	else if (record->protocol == PRINT_TCP)
		fputs("tcp", out);
	else if (record->protocol == PRINT_UDP)
		fputs("udp", out);
	else
		fprintf(out, "ip protocol %u", record->protocol);
}

static bool print_has_ports(const struct gatelog_record *record)
{
	return record->type == PRINT_IP &&
	       (record->protocol == PRINT_TCP || record->protocol == PRINT_UDP);
}

static void print_end(const struct gatelog_record *record, int side, FILE *out)
{
	const uint8_t *at = record->address[side];

	fprintf(out, " %u.%u.%u.%u", at[0], at[1], at[2], at[3]);
	if (print_has_ports(record))
		fprintf(out, ":%u", record->port[side]);
}

static void print_reason(const struct gatelog_record *record, FILE *out)
{
	static const char *const texts[GATELOG_REASONS] = {
	    [GATELOG_ALLOWED] = "passed",
	    [GATELOG_DENIED] = "refused",
	    [GATELOG_NO_BEGIN] = "refused, no connection is known",
	    [GATELOG_FRAGMENT] = "refused, a fragment",
	    [GATELOG_MALFORMED] = "refused, malformed or with a source route"};

	fputs(texts[record->reason], out);
	if (record->reason == GATELOG_DENIED && record->rule == 0)
		fputs(", no line of the rules fits", out);
	else if (record->reason == GATELOG_ALLOWED || record->reason == GATELOG_DENIED)
		fprintf(out, " by line %u", record->rule);
}

static void print_counts(const struct gatelog_record *record, FILE *out)
{
	fprintf(out,
	        "; out %" PRIu64 " frames, %" PRIu64 " bytes; in %" PRIu64 " frames, %" PRIu64
	        " bytes",
	        record->frames[0], record->bytes[0], record->frames[1], record->bytes[1]);
}

static void print_card(const uint8_t card[6], FILE *out)
{
	fprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", card[0], card[1], card[2], card[3], card[4],
	        card[5]);
}

static void print_flow(const struct gatelog_record *record, FILE *out)
{
	static const uint8_t none[6];

	print_protocol(record, out);
	print_end(record, !record->outward, out);
	fputs(" to", out);
	print_end(record, record->outward, out);
	fputs(" from card ", out);
	print_card(record->card[0], out);
	fputs(": ", out);
	print_reason(record, out);
	print_counts(record, out);
	if (memcmp(record->card[1], none, sizeof(none)) != 0) {
		fputs("; the other card is ", out);
		print_card(record->card[1], out);
	}
}

static void print_begin(const struct gatelog_record *record, FILE *out)
{
	if (record->frames[1] != 0)
		fprintf(out, "this log begins; the former one has %" PRIu64 " records",
		        record->frames[1]);
	else
		fprintf(out, "the gateway begins, start %" PRIu64, record->frames[0]);
}

void log_print(const struct gatelog_record *record, FILE *out)
{
	fprintf(out, "%6" PRIu64 "  ", record->number);
	print_time(record->from, out);
	fputs("  ", out);
	if (record->kind == GATELOG_BEGIN) {
		print_begin(record, out);
	} else if (record->kind == GATELOG_RULES) {
		fprintf(out, "%u rules hold", record->rule);
	} else if (record->kind == GATELOG_CROWD) {
		fputs("refused without a record of their own", out);
		print_counts(record, out);
	} else if (record->kind == GATELOG_LOST) {
		fprintf(out, "lost for lack of room: %" PRIu64 " frames out, %" PRIu64 " frames in",
		        record->frames[0], record->frames[1]);
	} else {
		print_flow(record, out);
	}
	fputc('\n', out);
}
