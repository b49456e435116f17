/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The instructions of call-frame information. */
#include "primitives/cfi_row.h"

#include <string.h>

/* Registers by their numbers in DWARF. */
#define RBP 6
#define RSP 7
#define RETURN_ADDRESS 16

#define KEPT_MAX 8

/* What is known at one place of a function. */
struct row {
	uint8_t cfa, rbp;
	bool is_last; /* the return address or rsp are not where they should be */
	int64_t cfa_offset, rbp_offset;
};

struct machine {
	struct cfi_factors factors;
	struct row row, initial, kept[KEPT_MAX];
	unsigned kept_count;
	uint64_t address;    /* what the row is asked for */
	uint64_t at, target; /* from the start of the function */
};

static void set_register(struct machine *machine, uint64_t number, enum cfi_rbp rule,
			 int64_t offset)
{
	struct row *row = &machine->row;

	if (number == RBP) {
		row->rbp = (uint8_t)rule;
		row->rbp_offset = offset;
	} else if (number == RETURN_ADDRESS) {
		row->is_last = rule != CFI_RBP_SAVED || offset != -8;
	} else if (number == RSP) {
		row->is_last = true;
	}
}

static void restore_register(struct machine *machine, uint64_t number)
{
	struct row *row = &machine->row;

	if (number == RBP) {
		row->rbp = machine->initial.rbp;
		row->rbp_offset = machine->initial.rbp_offset;
	} else if (number == RETURN_ADDRESS) {
		row->is_last = machine->initial.is_last;
	}
}

static void set_cfa_register(struct row *row, uint64_t number)
{
	row->cfa = CFI_UNKNOWN;
	if (number == RSP)
		row->cfa = CFI_FROM_RSP;
	if (number == RBP)
		row->cfa = CFI_FROM_RBP;
}

/* The operations that compilers use: a register and an offset; what is stored there. */
#define OPERATION_RBP 0x76
#define OPERATION_RSP 0x77
#define OPERATION_LOAD 0x06

/*
 * Entries of the procedure linkage table have 16 bytes and push something in the midst:
 * rsp + 8 + ((rip & 15) >= n) * 8. n stands at LINKAGE_N, as the operation "literal n".
 */
static const uint8_t linkage[] = { 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0, 0x2a, 0x33, 0x24, 0x22 };
#define LINKAGE_N 6
#define LITERAL_0 0x30

static bool is_linkage(const struct cursor *code)
{
	return code->end - code->at == sizeof(linkage) &&
	       memcmp(code->at, linkage, LINKAGE_N) == 0 && code->at[LINKAGE_N] >= LITERAL_0 &&
	       code->at[LINKAGE_N] < LITERAL_0 + 16 &&
	       memcmp(code->at + LINKAGE_N + 1, linkage + LINKAGE_N + 1,
		      sizeof(linkage) - LINKAGE_N - 1) == 0;
}

/* address: what the code is asked for, as the low bits of it matter. */
static void set_cfa_expression(struct row *row, struct cursor code, uint64_t address)
{
	row->cfa = CFI_UNKNOWN;
	if (is_linkage(&code)) {
		unsigned pushed = (address & 15) >= (unsigned)(code.at[LINKAGE_N] - LITERAL_0);
		row->cfa = CFI_FROM_RSP;
		row->cfa_offset = 8 + 8 * (int64_t)pushed;
		return;
	}
	uint64_t operation = cursor_bytes(&code, 1);
	row->cfa_offset = (int64_t)cursor_leb(&code, true);
	bool is_load = code.at < code.end && *code.at == OPERATION_LOAD;
	if (code.is_bad || code.at + is_load != code.end)
		return;
	if (operation == OPERATION_RBP)
		row->cfa = is_load ? CFI_AT_RBP : CFI_FROM_RBP;
	else if (operation == OPERATION_RSP && !is_load)
		row->cfa = CFI_FROM_RSP;
}

static void set_register_expression(struct machine *machine, uint64_t number, struct cursor code)
{
	uint64_t operation = cursor_bytes(&code, 1);
	int64_t offset = (int64_t)cursor_leb(&code, true);

	if (operation == OPERATION_RBP && !code.is_bad && code.at == code.end)
		set_register(machine, number, CFI_RBP_AT_RBP, offset);
	else
		set_register(machine, number, CFI_RBP_LOST, 0);
}

/* The instructions: those with an operand in the opcode, and the others. */
enum {
	ADVANCE = 0x40,
	OFFSET = 0x80,
	RESTORE = 0xc0,
	NOP = 0x00,
	ADVANCE1 = 0x02,
	ADVANCE2,
	ADVANCE4,
	OFFSET_EXTENDED,
	RESTORE_EXTENDED,
	UNDEFINED,
	SAME_VALUE,
	REGISTER,
	REMEMBER_STATE,
	RESTORE_STATE,
	DEF_CFA,
	DEF_CFA_REGISTER,
	DEF_CFA_OFFSET,
	DEF_CFA_EXPRESSION,
	EXPRESSION,
	OFFSET_EXTENDED_SF,
	DEF_CFA_SF,
	DEF_CFA_OFFSET_SF,
	VAL_OFFSET,
	VAL_OFFSET_SF,
	VAL_EXPRESSION,
	GNU_ARGS_SIZE = 0x2e,
	INSTRUCTION_COUNT,
};

/* Their operands, first to last: u LEB128, s signed, 1 2 4 so many bytes, b a sized block. */
static const char operands[INSTRUCTION_COUNT][3] = {
	[ADVANCE1] = "1",	  [ADVANCE2] = "2",
	[ADVANCE4] = "4",	  [OFFSET_EXTENDED] = "uu",
	[RESTORE_EXTENDED] = "u", [UNDEFINED] = "u",
	[SAME_VALUE] = "u",	  [REGISTER] = "uu",
	[DEF_CFA] = "uu",	  [DEF_CFA_REGISTER] = "u",
	[DEF_CFA_OFFSET] = "u",	  [DEF_CFA_EXPRESSION] = "b",
	[EXPRESSION] = "ub",	  [OFFSET_EXTENDED_SF] = "us",
	[DEF_CFA_SF] = "us",	  [DEF_CFA_OFFSET_SF] = "s",
	[VAL_OFFSET] = "uu",	  [VAL_OFFSET_SF] = "us",
	[VAL_EXPRESSION] = "ub",  [GNU_ARGS_SIZE] = "u",
};

static bool is_known(unsigned instruction)
{
	return instruction == NOP || instruction == REMEMBER_STATE ||
	       instruction == RESTORE_STATE ||
	       (instruction < INSTRUCTION_COUNT && operands[instruction][0]);
}

static uint64_t read_operand(struct cursor *code, char kind, struct cursor *block)
{
	if (kind == '\0')
		return 0;
	if (kind == 'u' || kind == 's')
		return cursor_leb(code, kind == 's');
	if (kind != 'b')
		return cursor_bytes(code, (uint64_t)(kind - '0'));
	uint64_t size = cursor_leb(code, false);
	block->at = code->at;
	cursor_skip(code, size);
	block->end = code->at;
	return size;
}

static void keep(struct machine *machine, struct cursor *code)
{
	if (machine->kept_count == KEPT_MAX)
		code->is_bad = true;
	else
		machine->kept[machine->kept_count++] = machine->row;
}

static void put_back(struct machine *machine, struct cursor *code)
{
	if (!machine->kept_count)
		code->is_bad = true;
	else
		machine->row = machine->kept[--machine->kept_count];
}

static int64_t scale(int64_t factor, uint64_t offset)
{
	return (int64_t)((uint64_t)factor * offset);
}

/* Those that change where the canonical frame address is. */
static void define_cfa(struct machine *machine, unsigned instruction, const uint64_t *values)
{
	struct row *row = &machine->row;
	int64_t data = machine->factors.data;

	if (instruction == DEF_CFA || instruction == DEF_CFA_SF || instruction == DEF_CFA_REGISTER)
		set_cfa_register(row, values[0]);
	if (instruction == DEF_CFA)
		row->cfa_offset = (int64_t)values[1];
	else if (instruction == DEF_CFA_SF)
		row->cfa_offset = scale(data, values[1]);
	else if (instruction == DEF_CFA_OFFSET)
		row->cfa_offset = (int64_t)values[0];
	else if (instruction == DEF_CFA_OFFSET_SF)
		row->cfa_offset = scale(data, values[0]);
}

static void execute_extended(struct machine *machine, unsigned instruction, struct cursor *code)
{
	struct cursor block = { 0 };
	uint64_t values[2];

	for (unsigned i = 0; i < 2; i++)
		values[i] = read_operand(code, operands[instruction][i], &block);
	switch (instruction) {
	case NOP:
	case GNU_ARGS_SIZE:
		break;
	case ADVANCE1:
	case ADVANCE2:
	case ADVANCE4:
		machine->at += values[0] * machine->factors.code;
		break;
	case OFFSET_EXTENDED:
	case OFFSET_EXTENDED_SF:
		set_register(machine, values[0], CFI_RBP_SAVED,
			     scale(machine->factors.data, values[1]));
		break;
	case RESTORE_EXTENDED:
		restore_register(machine, values[0]);
		break;
	case SAME_VALUE:
		set_register(machine, values[0], CFI_RBP_SAME, 0);
		break;
	case UNDEFINED:
	case REGISTER:
	case VAL_OFFSET:
	case VAL_OFFSET_SF:
	case VAL_EXPRESSION:
		set_register(machine, values[0], CFI_RBP_LOST, 0);
		break;
	case REMEMBER_STATE:
		keep(machine, code);
		break;
	case RESTORE_STATE:
		put_back(machine, code);
		break;
	case DEF_CFA_EXPRESSION:
		set_cfa_expression(&machine->row, block, machine->address);
		break;
	case EXPRESSION:
		set_register_expression(machine, values[0], block);
		break;
	default:
		define_cfa(machine, instruction, values);
	}
}

/* True where the row at the target is found. */
static bool execute(struct machine *machine, struct cursor code)
{
	while (code.at < code.end && machine->at <= machine->target && !code.is_bad) {
		unsigned instruction = (unsigned)cursor_bytes(&code, 1);
		unsigned operand = instruction & 0x3f;

		switch (instruction & 0xc0) {
		case ADVANCE:
			machine->at += operand * machine->factors.code;
			break;
		case OFFSET:
			set_register(machine, operand, CFI_RBP_SAVED,
				     scale(machine->factors.data, cursor_leb(&code, false)));
			break;
		case RESTORE:
			restore_register(machine, operand);
			break;
		default:
			if (!is_known(operand))
				return false;
			execute_extended(machine, operand, &code);
		}
	}
	return !code.is_bad;
}

struct cfi_rule cfi_row_find(struct cfi_factors factors, struct cursor common, struct cursor own,
			     uint64_t start, uint64_t address)
{
	struct machine machine = {
		.factors = factors,
		.row = { .is_last = true },
		.address = address,
		.target = address - start,
	};
	const struct row *row = &machine.row;

	if (!execute(&machine, common))
		return (struct cfi_rule){ 0 };
	machine.initial = machine.row;
	machine.at = 0;
	if (!execute(&machine, own) || row->cfa_offset != (int32_t)row->cfa_offset)
		return (struct cfi_rule){ 0 };
	if (row->is_last)
		return (struct cfi_rule){ .cfa = CFI_END };
	bool is_lost = row->rbp_offset != (int16_t)row->rbp_offset;
	return (struct cfi_rule){
		.cfa = row->cfa,
		.cfa_offset = (int32_t)row->cfa_offset,
		.rbp = is_lost ? CFI_RBP_LOST : row->rbp,
		.rbp_offset = (int16_t)row->rbp_offset,
	};
}
