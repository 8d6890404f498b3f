/* See hog.h. */
#include "hog.h"
#include <lib/string.h>

void hog_note(struct hogs *hogs, uint32_t program, uint32_t now)
{
	memcpy(hogs->then[program], hogs->used, sizeof(hogs->used));
	hogs->when[program] = now;
	hogs->told[program] = false;
}

void hog_started(struct hogs *hogs, uint32_t program, uint32_t now)
{
	hogs->used[program] = 0;
	for (uint32_t i = 0; i < hogs->count; i++)
		hogs->then[i][program] = 0;
	hog_note(hogs, program, now);
}

static bool hog_can(const struct hogs *hogs, uint32_t other, uint32_t program)
{
	const struct hog_place *its = &hogs->places[program], *place = &hogs->places[other];

	return other != program && place->cpu == its->cpu && place->priority_limit >= its->priority;
}

/* Three quarters of the time: the rest is too little to judge the late program by. */
static bool hog_is_most(uint64_t taken, uint32_t time)
{
	return taken * 4 >= time * 3ULL;
}

bool hog_starves(const struct hogs *hogs, uint32_t program, uint32_t now, uint32_t *most)
{
	const uint32_t time = now - hogs->when[program];
	uint32_t longest = time / 2;
	uint64_t taken = 0;

	*most = HOG_NONE;
	for (uint32_t i = 0; i < hogs->count; i++) {
		const uint32_t its = hogs->used[i] - hogs->then[program][i];

		if (!hog_can(hogs, i, program))
			continue;
		taken += its;
		if (its > longest) {
			longest = its;
			*most = i;
		}
	}
	return time > 0 && hog_is_most(taken, time);
}
