/* The loader service's main: one run, one answer. */
#include <service/call.h>
#include <service/debug.h>
#include <service/examine.h>
#include <service/loader.h>
#include <service/mend.h>

_Noreturn void service_main(const struct loader_info *info);

void service_main(const struct loader_info *info)
{
	uint64_t next[LOADER_SECRET_WORDS];
	uint64_t status;

	__builtin_memcpy(next, info->secret, sizeof(next)); /* unless a start uses it up */
	if (info->task == LOADER_EXAMINE)
		status = examine_run(info);
	else if (info->task == LOADER_SILENCE)
		status = loader_silence(info);
	else if (info->task == LOADER_DEBUG)
		status = debug_run(info);
	else if (info->task == LOADER_MEND || info->task == LOADER_MEND_AGAIN)
		status = mend_run(info);
	else
		status = loader_run(info, next);
	service_done(status, next);
}
