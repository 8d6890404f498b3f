/* The loader service's own main: one run, one answer. */
#include <service/call.h>
#include <service/examine.h>
#include <service/loader.h>

_Noreturn void service_main(const struct loader_info *info);

void service_main(const struct loader_info *info)
{
	uint64_t next[LOADER_SECRET_WORDS];
	uint64_t status;

	if (info->task == LOADER_EXAMINE) {
		__builtin_memcpy(next, info->secret, sizeof(next)); /* none was used up */
		status = examine_run(info);
	} else {
		status = loader_run(info, next);
	}
	service_done(status, next);
}
