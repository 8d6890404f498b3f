/* The table of kinds; see broker/kind.h. */
#include <broker/kind.h>

const struct kind *kind_of(enum bundle_channel_kind kind)
{
	static const struct kind *const kinds[] = {
	    [BUNDLE_NETWORK] = &kind_network,
	    [BUNDLE_CHANNEL_CONSOLE] = &kind_console,
	};

	return kinds[kind];
}
