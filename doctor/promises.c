/* Which of Kumiki's promises hold on this board, by what the checks have found. */
#include <doctor/doctor.h>

static bool sound(const char *const *names)
{
	for (; *names != 0; names++)
		if (!report_is_sound(*names))
			return false;
	return true;
}

static void tell(const char *promise, bool holds, const char *without)
{
	if (holds)
		print("holds   %s\n", promise);
	else
		print("lacks   %s: %s\n", promise, without);
}

void promises_tell(void)
{
	static const char *const apart[] = {"level", "cpu",       "features", "gic",    "counter",
	                                    "image", "interrupt", "list",     "memory", "core",
	                                    0};
	static const char *const times[] = {"counter", "clock", "interrupt", "speed", 0};
	static const char defects[] = "see the defects above";
	const struct bundle_board *board = told_board;

	print("\n");
	tell("partitions have cores, memory and interrupts of their own", sound(apart), defects);
	tell("times are kept (docs/time.md)", sound(times), defects);
	tell("DMA of PCI functions is confined (docs/pci-and-dma.md)",
	     board->smmu_base != 0 && report_is_sound("smmu"),
	     board->smmu_base == 0 ? "the board file has no SMMU that the frame drives" : defects);
	tell("cores that rest go off, and the machine does (docs/power.md)",
	     !cores_spin() && report_is_sound("firmware"),
	     cores_spin() ? "there is no PSCI" : defects);
	tell("partitions have a clock", board->rtc_base != 0 && report_is_sound("clock"),
	     board->rtc_base == 0 ? "the board file has no PL031" : defects);
	tell("guests count events by the PMU", board->pmu_intid != 0 && cpu_has_pmu(),
	     "the core has none, or the board file no PPI of it");
}
