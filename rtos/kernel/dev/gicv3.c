/*
 * GICv3 (Arm IHI 0069), as a system with one security state or its non-secure side sees it: all
 * interrupts are in group 1, with one priority. EOIR drops the priority, DIR deactivates the
 * interrupt (EOImode 1).
 */
#include <machine/cpu.h>
#include <machine/gic.h>
#include <machine/start.h>

#define GICD_CTLR       0x0000
#define GICD_TYPER      0x0004
#define GICD_IGROUPR    0x0080
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_ICPENDR    0x0280
#define GICD_ICACTIVER  0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR      0x0c00
#define GICD_IROUTER    0x6000

#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_SGI   0x10000
#define GICR_STEP  0x20000

#define CTLR_ENABLE_1  (1u << 1)
#define CTLR_ARE       (1u << 4)
#define CTLR_RWP       (1u << 31)
#define WAKER_SLEEP    (1u << 1)
#define WAKER_CHILDREN (1u << 2)
#define TYPER_LAST     (1u << 4)
#define TYPER_LINES    0x1fu /* of GICD_TYPER: words of 32 interrupts, less one */

#define PRIORITY_ALL 0x80808080u

#define SRE_ALL            7 /* only system registers, no bypass */
#define CTLR_EOIMODE       (1 << 1)
#define PMR_NOTHING_MASKED 0xff

/* ICC_SGI1R_EL1 */
#define SGI_TARGET(aff0) (1ULL << ((aff0)&15))
#define SGI_AFF1_SHIFT   16
#define SGI_INTID_SHIFT  24
#define SGI_AFF2_SHIFT   32
#define SGI_RS_SHIFT     44
#define SGI_AFF3_SHIFT   48

static volatile char *gic_distributor, *gic_redistributors;
static uint64_t gic_size;
static uint32_t gic_numbers;
static uint64_t gic_affinity[RTOS_CPUS_MAX];

static volatile uint32_t *reg(volatile char *base, uint64_t offset)
{
	return (volatile uint32_t *)(base + offset);
}

/* Writes an interrupt's bit in a set of registers that have one bit for each interrupt. */
static void write_bit(uint64_t offset, uint32_t number)
{
	*reg(gic_distributor, offset + 4 * (number / 32)) = 1u << number % 32;
}

uint64_t gic_affinity_of(uint32_t cpu)
{
	return gic_affinity[cpu];
}

uint32_t gic_limit(void)
{
	return gic_numbers;
}

static void wait_written(void)
{
	while ((*reg(gic_distributor, GICD_CTLR) & CTLR_RWP) != 0)
		__asm__ volatile("yield");
}

void gic_enable(uint32_t number, uint32_t cpu, bool edge)
{
	volatile uint32_t *config = reg(gic_distributor, GICD_ICFGR + 4 * (number / 16));
	uint32_t bit = 2u << 2 * (number % 16);

	*(volatile uint64_t *)(gic_distributor + GICD_IROUTER + 8 * (uint64_t)number) =
	    gic_affinity[cpu];
	*config = edge ? *config | bit : *config & ~bit;
	write_bit(GICD_ISENABLER, number);
}

void gic_disable(uint32_t number)
{
	write_bit(GICD_ICENABLER, number);
	wait_written();
}

void gic_clear_active(uint32_t number)
{
	write_bit(GICD_ICACTIVER, number);
}

void gic_begin(volatile char *distributor, volatile char *redistributors, uint64_t size)
{
	gic_distributor = distributor;
	gic_redistributors = redistributors;
	gic_size = size;
	gic_numbers = 32 * ((*reg(distributor, GICD_TYPER) & TYPER_LINES) + 1);
	if (gic_numbers > GIC_NONE)
		gic_numbers = GIC_NONE;
	*reg(distributor, GICD_CTLR) = 0;
	wait_written();
	for (uint32_t word = 1; word < gic_numbers / 32; word++) {
		*reg(distributor, GICD_ICENABLER + 4 * word) = ~0u;
		*reg(distributor, GICD_ICPENDR + 4 * word) = ~0u;
		*reg(distributor, GICD_ICACTIVER + 4 * word) = ~0u;
		*reg(distributor, GICD_IGROUPR + 4 * word) = ~0u;
		for (uint32_t i = 0; i < 8; i++)
			*reg(distributor, GICD_IPRIORITYR + 32 * word + 4 * i) = PRIORITY_ALL;
	}
	wait_written();
	*reg(distributor, GICD_CTLR) = CTLR_ARE | CTLR_ENABLE_1;
	wait_written();
}

/* This CPU's redistributor; NULL: the region has none for it. */
static volatile char *find_redistributor(uint64_t affinity)
{
	uint64_t packed = (affinity & 0xffffff) | (affinity >> 32 & 0xff) << 24;

	for (uint64_t at = 0; at + GICR_STEP <= gic_size; at += GICR_STEP) {
		volatile char *each = gic_redistributors + at;

		if (*reg(each, GICR_TYPER + 4) == packed)
			return each;
		if ((*reg(each, GICR_TYPER) & TYPER_LAST) != 0)
			break;
	}
	return NULL;
}

static void begin_interface(void)
{
	sysreg_write(icc_sre_el1, SRE_ALL);
	__asm__ volatile("isb");
	/* The kernel before this one may have ended in an interrupt. */
	__asm__ volatile("msr S3_0_C12_C9_0, xzr"); /* ICC_AP1R0_EL1 */
	sysreg_write(icc_ctlr_el1, CTLR_EOIMODE);
	sysreg_write(icc_pmr_el1, PMR_NOTHING_MASKED);
	sysreg_write(icc_bpr1_el1, 0);
	sysreg_write(icc_igrpen1_el1, 1);
	__asm__ volatile("isb");
}

bool gic_begin_cpu(uint32_t cpu, uint32_t timer)
{
	uint64_t affinity = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	volatile char *own = find_redistributor(affinity), *private;

	if (own == NULL)
		return false;
	gic_affinity[cpu] = affinity;
	*reg(own, GICR_WAKER) &= ~WAKER_SLEEP;
	while ((*reg(own, GICR_WAKER) & WAKER_CHILDREN) != 0)
		__asm__ volatile("yield");
	private = own + GICR_SGI;
	*reg(private, GICD_ICENABLER) = ~0u;
	*reg(private, GICD_ICPENDR) = ~0u;
	*reg(private, GICD_ICACTIVER) = ~0u;
	*reg(private, GICD_IGROUPR) = ~0u;
	for (uint32_t i = 0; i < 8; i++)
		*reg(private, GICD_IPRIORITYR + 4 * i) = PRIORITY_ALL;
	begin_interface();
	*reg(private, GICD_ISENABLER) = 1u << timer | 1u << GIC_KICK;
	return true;
}

void machine_kick(uint32_t cpu)
{
	uint64_t affinity = gic_affinity[cpu];
	uint64_t value =
	    (uint64_t)GIC_KICK << SGI_INTID_SHIFT | SGI_TARGET(affinity) |
	    (affinity >> 4 & 15) << SGI_RS_SHIFT | (affinity >> 8 & 0xff) << SGI_AFF1_SHIFT |
	    (affinity >> 16 & 0xff) << SGI_AFF2_SHIFT | (affinity >> 32 & 0xff) << SGI_AFF3_SHIFT;

	__asm__ volatile("dsb ishst\n\tmsr S3_0_C12_C11_5, %0\n\tisb" : : "r"(value) : "memory");
}
