/* The updater's main: its one instance, and the loop that sleeps. */
#include <service/call.h>
#include <updater/updater.h>

_Noreturn void service_main(const struct updater_info *info);

static struct updater updater;

void service_main(const struct updater_info *info)
{
	updater_start(&updater, info);
	for (;;) {
		updater_turn(&updater);
		(void)service_wait(SERVICE_FOREVER, SERVICE_EVENT_PIECE);
	}
}
