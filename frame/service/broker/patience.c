/* How long a disk's user waits; see broker/patience.h. Each request has its own time, which begins
 * when its broker takes the request. */
#include <broker/device.h>
#include <broker/patience.h>
#include <broker/request.h>

static struct channel_user *user_of(const struct broker *broker)
{
	return &broker->memory->disk.user[broker->info->place];
}

static bool waits(const struct channel_request *request)
{
	return request->state == REQUEST_TAKEN && request->due != 0;
}

uint64_t patience_end(const struct broker *broker)
{
	return broker->info->wait != 0 ? broker_now() + broker->info->wait : 0;
}

/* Answers the request with an error. False: nothing more can be given up in this turn. */
static bool give_up(struct broker *broker, uint32_t index)
{
	const uint32_t me = broker->info->place;
	struct ring ring;

	if (!request_open(broker, me, request_at(broker, me, index), &ring, &request_chain))
		return false;
	broker_count(broker, broker->own, CHANNEL_LATE, 1);
	request_give_up(broker, &ring, index, &request_chain);
	return true;
}

void patience_turn(struct broker *broker)
{
	const struct channel_user *user = user_of(broker);
	bool good = true;

	for (uint32_t i = 0; i < CHANNEL_REQUESTS_MOST && good && broker->info->wait != 0; i++)
		if (waits(&user->request[i]) && user->request[i].due <= broker_now())
			good = give_up(broker, i);
}

void patience_rest(struct broker *broker)
{
	const struct channel_user *user = user_of(broker);

	for (uint32_t i = 0; i < CHANNEL_REQUESTS_MOST && broker->info->wait != 0; i++)
		if (waits(&user->request[i]))
			broker_look_again(broker, user->request[i].due);
}

bool patience_wait_for_size(struct broker *broker)
{
	struct channel_user *user = user_of(broker);

	if (broker->info->wait == 0)
		return true;
	if (user->asked == 0)
		user->asked = broker_now();
	if (broker_now() - user->asked >= broker->info->wait)
		return false;
	broker_look_again(broker, user->asked + broker->info->wait);
	return true;
}
