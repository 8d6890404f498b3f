/*
 * Several cores, linked for the beginning of RAM, entered in the middle (its vectors come first),
 * as an ELF file is: it looks for its device tree at the beginning of RAM instead of in x0, finds
 * out how much memory there is by touching it until it gets an abort, tries how PSCI is called
 * (SMC, which a machine without EL2 and EL3 doesn't know, then HVC), starts every core, and has
 * each send it an interrupt. Knows nothing of Kumiki or of guests/lib.
 */
#include <stdint.h>

__asm__(".section .first, \"ax\"\n"
        "	.balign	2048\n"
        "seconds_vectors:\n"
        "	.skip	0x200\n"
        "	str	x0, [sp, #-16]!\n" /* a synchronous exception: noted, and skipped */
        "	str	x1, [sp, #8]\n"
        "	mrs	x0, esr_el1\n"
        "	adrp	x1, seconds_syndrome\n"
        "	str	x0, [x1, :lo12:seconds_syndrome]\n"
        "	mrs	x0, elr_el1\n"
        "	add	x0, x0, #4\n"
        "	msr	elr_el1, x0\n"
        "	ldr	x1, [sp, #8]\n"
        "	ldr	x0, [sp], #16\n"
        "	eret\n"
        "	.balign	2048\n"
        "	.globl	first\n"
        "first:	ldr	x1, =0x40180000\n"
        "	mov	sp, x1\n"
        "	adr	x1, seconds_vectors\n"
        "	msr	vbar_el1, x1\n"
        "	isb\n"
        "	bl	seconds_main\n"
        "1:	wfi\n"
        "	b	1b\n"
        "seconds_other:\n"
        "	mov	sp, x0\n"
        "	adr	x1, seconds_vectors\n"
        "	msr	vbar_el1, x1\n"
        "	bl	seconds_greet\n"
        "	b	1b\n"
        "	.ltorg\n"
        "	.previous");

#define REG(a)       (*(volatile uint32_t *)(a))
#define TREE         0x40000000ul
#define CPUS_MAX     8u
#define PSCI_CPU_ON  0xc4000003ul
#define PSCI_VERSION 0x84000000ul

extern const char seconds_other[];
volatile uint64_t seconds_syndrome;
static uint64_t stacks[CPUS_MAX][256] __attribute__((aligned(16)));
static int by_smc;

static void put(const char *text)
{
	for (; *text != '\0'; text++)
		REG(ALONE_UART) = (uint32_t)*text;
}

static void put_number(uint64_t value)
{
	char text[2] = {(char)('0' + value % 10), '\0'};

	if (value >= 10)
		put_number(value / 10);
	put(text);
}

/* False: the instruction isn't there. */
static int call(int smc, uint64_t *x0, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t r0 __asm__("x0") = *x0;
	register uint64_t r1 __asm__("x1") = a;
	register uint64_t r2 __asm__("x2") = b;
	register uint64_t r3 __asm__("x3") = c;

	seconds_syndrome = 0;
	if (smc)
		__asm__ volatile("smc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)::"memory");
	else
		__asm__ volatile("hvc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)::"memory");
	*x0 = r0;
	return seconds_syndrome == 0;
}

/* An SMC that nobody takes is an undefined instruction; one that somebody else takes doesn't answer
 * with a version. */
static void find_psci(void)
{
	uint64_t x0 = PSCI_VERSION;

	by_smc = call(1, &x0, 0, 0, 0) && x0 >= 0x10000 && x0 < 0x20000;
	put(by_smc ? "seconds: PSCI by SMC\r\n" : "seconds: PSCI by HVC\r\n");
}

static int readable(uint64_t at)
{
	seconds_syndrome = 0;
	(void)*(volatile uint8_t *)at;
	__asm__ volatile("dsb sy; isb");
	/* a data abort that is a synchronous external one */
	return seconds_syndrome >> 26 != 0x25 || (seconds_syndrome & 0x3f) != 0x10;
}

static void measure_memory(void)
{
	uint64_t end = 0x40000000;

	while (end < 0x80000000 && readable(end))
		end += 1u << 20;
	put("seconds: ");
	put_number((end - 0x40000000) >> 20);
	put(" MiB of memory\r\n");
}

/* Without tables: a redistributor says which core is its own, and which is the last. */
static uint64_t gic_on(void)
{
	uint64_t count = 0, frame = ALONE_GICR;

	REG(ALONE_GICD) = 0x12;
	for (;; frame += 0x20000) {
		uint32_t low = REG(frame + 8);

		REG(frame + 0x14) &= ~2u;
		while ((REG(frame + 0x14) & 4) != 0)
			__asm__ volatile("yield");
		REG(frame + 0x10080) = ~0u;
		REG(frame + 0x10100) = 0xffff;
		count++;
		if ((low & 0x10) != 0)
			break;
	}
	return count;
}

static void cpu_interface_on(void)
{
	__asm__ volatile("msr S3_0_C12_C12_5, %0; isb" ::"r"(7ul));
	__asm__ volatile("msr S3_0_C4_C6_0, %0" ::"r"(0xfful));
	__asm__ volatile("msr S3_0_C12_C12_7, %0; isb" ::"r"(1ul));
}

/* SGI n from core n to core 0. */
void seconds_greet(void)
{
	uint64_t mpidr;

	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
	cpu_interface_on();
	__asm__ volatile("dsb sy; msr S3_0_C12_C11_5, %0; isb" ::"r"((mpidr & 0xff) << 24 | 1));
}

static uint64_t start(uint64_t cpu)
{
	uint64_t x0 = PSCI_CPU_ON;

	(void)call(by_smc, &x0, cpu, (uint64_t)seconds_other, (uint64_t)&stacks[cpu][256]);
	return x0;
}

/* Polled, with interrupts masked: WFI wakes all the same. */
static void wait_greetings(uint64_t cpus)
{
	uint32_t wanted = (1u << cpus) - 2, seen = 0;

	while (seen != wanted) {
		uint64_t intid;

		__asm__ volatile("mrs %0, S3_0_C12_C12_0; dsb sy" : "=r"(intid));
		if (intid >= 1020) {
			__asm__ volatile("wfi");
			continue;
		}
		seen |= 1u << intid;
		__asm__ volatile("msr S3_0_C12_C12_1, %0; isb" ::"r"(intid));
	}
}

void seconds_main(void)
{
	uint64_t cpus, x0 = 0x84000008;

	put(REG(TREE) == 0xedfe0dd0 ? "seconds: has a tree\r\n" : "seconds: NO tree\r\n");
	measure_memory();
	find_psci();
	cpus = gic_on();
	cpu_interface_on();
	for (uint64_t cpu = 1; cpu < cpus; cpu++)
		if (start(cpu) != 0)
			put("seconds: NO core\r\n");
	wait_greetings(cpus);
	put("seconds: greeted by ");
	put_number(cpus - 1);
	put(" cores\r\n");
	(void)call(by_smc, &x0, 0, 0, 0);
}
