/* See awaits.h. */
#include "awaits.h"

/* The place for a call. A thread has one call, so if its earlier call is here, that is over and
 * gives its place. Otherwise it is a free place, or the place of the call that has waited longest.
 */
static struct await *awaits_place(struct await of[AWAITS_EACH], uint64_t token)
{
	struct await *place = of;

	for (struct await *await = of; await < of + AWAITS_EACH; await++) {
		if (await->identity != 0 && await->token == token)
			return await;
		if (await->identity < place->identity)
			place = await;
	}
	return place;
}

bool awaits_take(struct awaits *awaits, uint64_t badge, const struct await *call, struct await *out)
{
	struct await *place;

	*out = (struct await){.identity = 0};
	if (badge == 0 || badge > RTOS_IMAGE_PROGRAMS_MAX)
		return false;
	place = awaits_place(awaits->of[badge - 1], call->token);
	if (place->token != call->token)
		*out = *place;
	*place = *call;
	return true;
}

bool awaits_next(struct awaits *awaits, struct await *out)
{
	for (uint32_t i = 0; i < RTOS_IMAGE_PROGRAMS_MAX * AWAITS_EACH; i++) {
		struct await *await = &awaits->of[i / AWAITS_EACH][i % AWAITS_EACH];

		if (await->identity == 0)
			continue;
		*out = *await;
		await->identity = 0;
		return true;
	}
	return false;
}
