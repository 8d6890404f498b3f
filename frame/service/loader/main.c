/* The loader service's own main: one run, one answer. */
#include <service/call.h>
#include <service/loader.h>

_Noreturn void service_main(const struct loader_info *info);

void service_main(const struct loader_info *info)
{
	service_done(loader_run(info));
}
