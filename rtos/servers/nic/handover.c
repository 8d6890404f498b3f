/* See handover.h. */
#include "handover.h"

/* Whether the numbers of the frames that weren't taken make sense: each frame is in a buffer of its
 * own. */
static bool handover_whole(const struct handover_state *state,
                           const volatile struct nic_window *window, uint32_t buffers)
{
	bool seen[NIC_BUFFERS] = {false};

	if (state->received - state->taken > buffers)
		return false;
	for (uint32_t number = state->taken; number != state->received; number++) {
		const uint32_t buffer = window->frame[number % NIC_BUFFERS].buffer;

		if (buffer >= buffers || seen[buffer])
			return false;
		seen[buffer] = true;
	}
	return true;
}

static void handover_count(volatile struct nic_window *window, uint16_t used)
{
	if (window->card[HANDOVER_MAGIC] != HANDOVER_IS_ONE)
		return;
	window->counts.lost_in += (uint16_t)(used - window->card[HANDOVER_REAPED]);
	window->counts.lost_out +=
	    (uint16_t)(window->card[HANDOVER_GIVEN] - window->card[HANDOVER_FINISHED]);
}

void handover_take(struct handover_state *state, volatile struct nic_window *window, uint16_t used,
                   uint32_t buffers)
{
	*state = (struct handover_state){
	    .received = window->received, .sent = window->sent, .taken = window->taken};
	handover_count(window, used);
	if (!handover_whole(state, window, buffers)) {
		window->counts.lost_in += NIC_BUFFERS; /* at most */
		state->received = state->taken;
		window->received = state->received;
	}
	if (window->offered - state->sent > NIC_SLOTS) {
		window->counts.lost_out += NIC_SLOTS;
		state->sent = window->offered;
		window->sent = state->sent;
	}
	for (uint32_t number = state->taken; number != state->received; number++) {
		const uint8_t buffer = (uint8_t)window->frame[number % NIC_BUFFERS].buffer;

		state->buffer[number % NIC_BUFFERS] = buffer;
		state->with_client[buffer % NIC_BUFFERS] = true;
	}
	window->card[HANDOVER_REAPED] = 0;
	window->card[HANDOVER_GIVEN] = 0;
	window->card[HANDOVER_FINISHED] = 0;
	window->card[HANDOVER_MAGIC] = HANDOVER_IS_ONE;
	window->counts.starts++;
}

void handover_mend(const struct handover_state *state, volatile struct nic_window *window)
{
	window->received = state->received;
	window->sent = state->sent;
	if (state->received - window->taken > state->received - state->taken)
		window->taken = state->taken;
	if (window->offered - state->sent > NIC_SLOTS)
		window->offered = state->sent;
}

bool handover_freed(struct handover_state *state, const volatile struct nic_window *window,
                    uint32_t *buffer, bool *wrong)
{
	const uint32_t taken = window->taken;

	*wrong = state->received - taken > state->received - state->taken;
	if (*wrong || taken == state->taken)
		return false;
	*buffer = state->buffer[state->taken++ % NIC_BUFFERS];
	state->with_client[*buffer] = false;
	return true;
}
