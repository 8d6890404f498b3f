/* See lib/update.h. The frame itself doesn't link these words. */
#include <lib/update.h>

const char *update_fault_text(enum update_fault fault)
{
	static const char *const words[UPDATE_FAULTS] = {
	    [UPDATE_OK] = "it fits",
	    [UPDATE_NO_SPARE] = "the description has no kumiki,update-key",
	    [UPDATE_NOT_A_FRAME] = "it isn't a frame's image",
	    [UPDATE_BOARD] = "it is for another board",
	    [UPDATE_BUNDLE_REVISION] = "it reads bundles of another revision",
	    [UPDATE_LAYOUT] = "its parts lie elsewhere in the image: this version needs a restart",
	    [UPDATE_KEEP] = "it reads guests' state in another way: this version needs a restart",
	    [UPDATE_STATE] = "its structures are others: this version needs a restart",
	    [UPDATE_SIZE] = "its size isn't that of a frame's image",
	    [UPDATE_BUSY] = "the frame starts, recovers, or was replaced a moment ago: try again",
	    [UPDATE_CORE] = "a core is off: have all come on by 'power performance'",
	    [UPDATE_MENDED] = "the running frame's text was damaged, and was made anew: try again",
	    [UPDATE_LOST] =
	        "what the running frame keeps of itself is damaged: restart the machine",
	};

	return fault < UPDATE_FAULTS ? words[fault] : "no such reason";
}
