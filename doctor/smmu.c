/* The SMMU, set up by the frame's own driver: what it is, and whether it carries out commands. */
#include <dev/smmuv3.h>
#include <doctor/doctor.h>
#include <frame/smmu.h>
#include <machine/device.h>

#define SMMU_AIDR 0x1c

/* The table of streams is aligned to its size. */
static struct smmu_memory *take_memory(void)
{
	const uint64_t size = sizeof(((struct smmu_memory *)0)->stream);
	const uint64_t taken = va_of(doctor_take(sizeof(struct smmu_memory) + size)).at;

	return (struct smmu_memory *)(uintptr_t)((taken + size - 1) & ~(size - 1));
}

void smmu_answers(void)
{
	const va_t at = {told_board->smmu_base};
	const char *why;

	if (at.at == 0) {
		report_note("the board file has none that the frame drives: nothing confines DMA");
		return;
	}
	why = smmu_unfit(at);
	if (why != 0) {
		report_defect(
		    "the frame can't drive the one at 0x%lx: %s; take it out of the board "
		    "file, and accept that nothing confines DMA",
		    PRINT_X(at.at), why);
		return;
	}
	smmu_init(at, take_memory());
	report_good("SMMUv3.%u at 0x%lx, stage %u (IDR0 0x%lx), carries out commands",
	            device_read(at.at + SMMU_AIDR) & 0xf, PRINT_X(at.at),
	            smmu_has_stage2(at) ? 2 : 1, PRINT_X(device_read(at.at + SMMU_IDR0)));
}
