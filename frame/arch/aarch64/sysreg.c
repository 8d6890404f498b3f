/* System registers that trap: SGIs, identification. Everything else is undefined for a guest. */
#include <frame/core.h>
#include <frame/idreg.h>
#include <frame/partition.h>
#include <frame/trap.h>
#include <machine/contexts.h>
#include <machine/sysreg.h>

#define ENCODING(op0, op1, crn, crm, op2)                                                          \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ENCODING_MASK ENCODING(3u, 7u, 15u, 15u, 7u)
#define ISS_READ      1u
#define ISS_RT(esr)   ((uint32_t)(esr) >> 5 & 0x1f)

static bool is_identification(uint32_t encoding)
{
	return (encoding & ENCODING(3u, 7u, 15u, 8u, 0u)) == ENCODING(3u, 0u, 0u, 0u, 0u);
}

/* The hardware's value of S3_0_C0_C<crm>_<op2>. */
#define ID_CASE(m, n)                                                                              \
	case (m)*8 + (n):                                                                          \
		return sysreg_read(S3_0_C0_C##m##_##n);
#define ID_ROW(m)                                                                                  \
	ID_CASE(m, 0)                                                                              \
	ID_CASE(m, 1)                                                                              \
	ID_CASE(m, 2) ID_CASE(m, 3) ID_CASE(m, 4) ID_CASE(m, 5) ID_CASE(m, 6) ID_CASE(m, 7)

static uint64_t identification(uint32_t crm, uint32_t op2)
{
	switch (crm * 8 + op2) {
		ID_ROW(1)
		ID_ROW(2) ID_ROW(3) ID_ROW(4) ID_ROW(5) ID_ROW(6) ID_ROW(7) default : return 0;
	}
}

static void read_identification(struct vcpu *vcpu, uint32_t encoding, uint32_t rt)
{
	uint32_t crm = encoding >> 1 & 0xf, op2 = encoding >> 17 & 7;
	bool own_pmu = (vcpu->partition->config->flags & BUNDLE_OWN_PMU) != 0;

	if (rt != 31)
		vcpu->context.x[rt] = idreg_view(crm, op2, identification(crm, op2), own_pmu);
}

void sysreg_guest(struct vcpu *vcpu, uint64_t esr)
{
	uint32_t encoding = (uint32_t)esr & ENCODING_MASK;
	bool read = (esr & ISS_READ) != 0;
	uint32_t rt = ISS_RT(esr);
	uint64_t value = rt == 31 ? 0 : vcpu->context.x[rt];

	if (!read && encoding == ENCODING(3u, 0u, 12u, 11u, 7u)) {
		vgic_send_sgi(vcpu, value, false); /* ICC_SGI0R_EL1 */
	} else if (!read && encoding == ENCODING(3u, 0u, 12u, 11u, 1u)) {
		vgic_deactivate(vcpu, value & 0xffffff); /* ICC_DIR_EL1, while it traps */
	} else if (!read && encoding == ENCODING(3u, 0u, 12u, 11u, 6u)) {
		/* ICC_ASGI1R_EL1: the other security state, which a guest doesn't have. */
	} else if (read && is_identification(encoding)) {
		read_identification(vcpu, encoding, rt);
	} else if (encoding == ENCODING(3u, 0u, 1u, 0u, 1u)) {
		if (read && rt != 31) /* ACTLR_EL1 */
			vcpu->context.x[rt] = 0;
	} else {
		inject_undefined(vcpu);
		return;
	}
	context_advance(esr);
}
