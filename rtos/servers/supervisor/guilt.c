/* See guilt.h. */
#include "guilt.h"
#include <lib/string.h>

/* ---- suspects ---- */

/* Finds the call's place. A new call takes the place of the suspect whose last crash is oldest;
 * free places count as oldest. */
static struct guilt_suspect *guilt_suspect(struct guilt *guilt, uint64_t identity)
{
	struct guilt_suspect *oldest = &guilt->suspects[0];

	for (uint32_t i = 0; i < GUILT_SUSPECTS; i++) {
		struct guilt_suspect *suspect = &guilt->suspects[i];

		if (suspect->identity == identity)
			return suspect;
		if (suspect->at < oldest->at)
			oldest = suspect;
	}
	*oldest = (struct guilt_suspect){.identity = identity};
	return oldest;
}

/* Notes a crash by the call. Returns how many crashes the call had caused before. The count begins
 * anew if the call's last crash was a window ago or longer. */
static uint32_t guilt_note(struct guilt *guilt, uint64_t identity, uint64_t window, uint64_t now)
{
	struct guilt_suspect *suspect = guilt_suspect(guilt, identity);
	const uint32_t before = now - suspect->at < window ? suspect->crashes : 0;

	suspect->crashes = before + 1;
	suspect->at = now;
	return before;
}

/* ---- senders ---- */

static uint64_t guilt_time(const struct guilt_sender *sender)
{
	const uint32_t further = sender->times - 1u;

	return (uint64_t)GUILT_FIRST_MS << (further < GUILT_DOUBLINGS ? further : GUILT_DOUBLINGS);
}

/* A sender is forgotten if no further call of his was set aside during the refusal, and for as long
 * again after it. */
static bool guilt_is_forgotten(const struct guilt_sender *sender, uint64_t now)
{
	return sender->badge == 0 || now >= sender->until + guilt_time(sender);
}

/* Finds the sender's place at this port. A new sender takes a free place, or the place of the
 * sender whose refusal ends first. */
static struct guilt_sender *guilt_sender(struct guilt *guilt, const struct guilt_call *call,
                                         uint64_t now)
{
	struct guilt_sender *place = &guilt->senders[0];

	for (uint32_t i = 0; i < GUILT_SENDERS; i++) {
		struct guilt_sender *sender = &guilt->senders[i];

		if (guilt_is_forgotten(sender, now))
			*sender = (struct guilt_sender){.badge = 0};
		if (sender->badge == call->badge && sender->port == call->port)
			return sender;
		if (sender->until < place->until)
			place = sender;
	}
	*place = (struct guilt_sender){.badge = call->badge, .port = call->port};
	return place;
}

static void guilt_convict(struct guilt *guilt, const struct guilt_call *call, uint64_t window,
                          uint64_t now)
{
	struct guilt_sender *sender = guilt_sender(guilt, call, now);

	if (sender->times < UINT8_MAX)
		sender->times++;
	sender->word = call->word;
	sender->at = now;
	sender->until = now + guilt_time(sender);
	if (guilt->count == 0 || now - guilt->since >= window) {
		guilt->count = 0;
		guilt->since = now;
	}
	guilt->count++;
}

/* Whether the server itself is at fault: calls of two senders were set aside within the window, or
 * more than `most` calls were. */
static bool guilt_is_the_servers(const struct guilt *guilt, const struct guilt_call *call,
                                 uint32_t most, uint64_t window, uint64_t now)
{
	for (uint32_t i = 0; i < GUILT_SENDERS; i++)
		if (guilt->senders[i].badge != 0 && guilt->senders[i].badge != call->badge &&
		    now - guilt->senders[i].at < window)
			return true;
	return guilt->count > most;
}

/* ---- crashes ---- */

enum policy_cause guilt_crashed(struct guilt *guilt, const struct guilt_call *calls, uint32_t count,
                                uint32_t most, uint64_t window, uint64_t now, uint32_t *crashes)
{
	enum policy_cause cause = POLICY_OWN;

	*crashes = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct guilt_call *call = &calls[i];
		const uint32_t before = guilt_note(guilt, call->identity, window, now);

		*crashes = before > *crashes ? before : *crashes;
		/* A call is only suspected if its limit is at most `most`. With a higher limit, the
		 * call alone could end the server more often than the server's restart limit
		 * allows. */
		if (cause == POLICY_OWN && call->limit <= most)
			cause = POLICY_SUSPECTED;
		if (call->blame < call->limit)
			continue;
		*guilt_suspect(guilt, call->identity) = (struct guilt_suspect){.identity = 0};
		guilt_convict(guilt, call, window, now);
		cause = POLICY_EXCUSED;
	}
	for (uint32_t i = 0; i < count; i++)
		if (cause == POLICY_EXCUSED && calls[i].blame >= calls[i].limit &&
		    guilt_is_the_servers(guilt, &calls[i], most, window, now)) {
			*guilt = (struct guilt){.count = 0};
			cause = POLICY_ACCUSED;
		}
	return cause;
}

const struct guilt_sender *guilt_refused(const struct guilt *guilt, uint32_t place, uint64_t now)
{
	const struct guilt_sender *sender = &guilt->senders[place];

	return sender->badge != 0 && now < sender->until ? sender : NULL;
}
