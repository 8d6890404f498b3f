/* The table of kinds; see broker/kind.h. */
#include <broker/kind.h>

const struct kind *kind_of(const struct broker_info *info)
{
	static const struct kind *const kinds[] = {
	    [BUNDLE_NETWORK] = &kind_network,
	    [BUNDLE_CHANNEL_CONSOLE] = &kind_console,
	    [BUNDLE_CHANNEL_DISK] = &kind_disk,
	    [BUNDLE_CHANNEL_ENTROPY] = &kind_entropy,
	};

	if (info->kind == BUNDLE_CHANNEL_DISK && info->place == CHANNEL_PROVIDER)
		return &kind_provider;
	return kinds[info->kind];
}
