/* The table of doctor/errata.h. */
#include <doctor/errata.h>

#define NOTHING "Kumiki does nothing"
#define GUESTS  "nothing: the guest's kernel works around it"
#define SPECULATIVE_AT                                                                             \
	"a translation ahead of time", "share this core only among partitions that trust each "    \
	                               "other"
#define EARLY_TLBI  "a broadcast TLBI may end too early", "Kumiki repeats its broadcast TLBIs"
#define OLD_COUNTER "the counter of a 32-bit program", GUESTS

static const struct errata_core cores[] = {
    {0xd03,
     "Cortex-A53",
     {{"819472, 824069, 826319, 827319", "a clean of a cache line",
       "Kumiki always cleans and invalidates"},
      {"843419", "an ADRP at the end of a page", "the frame has no ADRP"},
      {"845719", "a load of a 32-bit program", GUESTS}}},
    {0xd04, "Cortex-A35", {{0}}},
    {0xd05, "Cortex-A55", {{"1530923", SPECULATIVE_AT}, {"2441007", EARLY_TLBI}}},
    {0xd07,
     "Cortex-A57",
     {{"832075", "device loads beside exclusives stop the core", NOTHING},
      {"834220", "the report of a stage-2 fault", "nothing: the guest gets an abort"},
      {"1319537", SPECULATIVE_AT}}},
    {0xd08, "Cortex-A72", {{"1319367", SPECULATIVE_AT}}},
    {0xd09, "Cortex-A73", {{0}}},
    {0xd0a, "Cortex-A75", {{0}}},
    {0xd0b,
     "Cortex-A76",
     {{"1165522", SPECULATIVE_AT}, {"1286807", EARLY_TLBI}, {"1188873", OLD_COUNTER}}},
    {0xd0c, "Neoverse N1", {{"1418040", OLD_COUNTER}}},
    {0xd0d, "Cortex-A77", {{0}}},
    {0xd40, "Neoverse V1", {{0}}},
    {0xd41, "Cortex-A78", {{0}}},
    {0xd49, "Neoverse N2", {{0}}},
};

const struct errata_core *errata_find(uint32_t part)
{
	for (uint32_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++)
		if (cores[i].part == part)
			return &cores[i];
	return 0;
}
