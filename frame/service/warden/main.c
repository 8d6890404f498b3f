/* The warden's main: its one instance, and the loop that sleeps. */
#include <service/call.h>
#include <warden/warden.h>

_Noreturn void service_main(const struct warden_info *info);

static struct warden warden;

void service_main(const struct warden_info *info)
{
	warden_start(&warden, info, service_time());
	for (;;) {
		uint64_t rest = warden_turn(&warden, service_time());

		if (rest)
			warden.events |= service_wait(rest, warden_awaits(&warden));
	}
}
