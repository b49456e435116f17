/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rooms of the model share; nobody else includes it. */
#ifndef ANALYZER_MODEL_PRIVATE_H
#define ANALYZER_MODEL_PRIVATE_H

#include "analyzer/address_table.h"
#include "analyzer/model.h"

#define MODEL_RECENT_THREADS 64

struct model {
	GPtrArray *processes;
	struct address_table pids;		     /* to the latest process of that pid */
	struct thread *recent[MODEL_RECENT_THREADS]; /* by tid, Weak */
	struct misfits misfits;
	model_step_fn step_fn;
	void *context;
	int64_t start_ns, end_ns, last_ns;
	bool has_events;
	unsigned object_count, thread_count;
	char *command, *ending; /* Owned by this */
	int64_t status;
	uint64_t lost;
};

struct process_private {
	struct address_table objects;	/* address: its latest generation */
	struct address_table names;	/* address: char *, given before the first use */
	struct address_table handles;	/* pthread_t: the latest thread */
	struct address_table notes;	/* pthread_t: struct handle_note */
	GPtrArray *all_notes;		/* Owns them; NULL: none */
	struct address_table creations; /* number: struct creation */
	struct address_table threads;	/* tid: the latest thread */
	struct address_table stacks;	/* id: struct stack_frames */
	GPtrArray *blocks;		/* Owns what the tables hold but threads and objects */
	unsigned object_count[OBJECT_KIND_COUNT];
	bool has_begun_exec;
	bool is_replaced; /* another program runs under its pid */
	int64_t last_ns;  /* its last event */
};

/* A call of pthread_create that has begun. */
struct creation {
	struct thread *creator;
	struct thread *thread; /* NULL until it is known to exist */
	struct place place;
	uint64_t routine;
	bool is_detached;
};

struct stack_frames {
	size_t count;
	uint64_t frames[];
};

struct thread_private {
	struct thread thread;
	bool has_released; /* its condition wait ended a hold, which may come back */
	bool has_lowered;  /* the same, but the hold was recursive and only got shallower */
	struct thread *previous, *next; /* waiters of a condition: its woken or unwoken list */
};

struct thread_list {
	struct thread *first, *last;
};

/* What a failed release has to put back. */
enum undo { UNDO_NOTHING, UNDO_HOLD, UNDO_DEPTH, UNDO_MISFIT };

struct object_private {
	struct object object;
	union {
		struct {
			struct hold hold;	  /* the present one, or the latest */
			struct thread *releaser;  /* who did what undo undoes */
			struct thread *overtaken; /* its release is stamped too late */
			int64_t overtaken_ns;
			enum undo undo;
		} lock;
		/*
		 * Waiters in order of arrival. Each woken one came before
		 * each unwoken one: signals wake the first.
		 */
		struct {
			struct thread_list woken, unwoken;
		} condition;
	};
};

static inline struct thread_private *thread_private(struct thread *thread)
{
	return (struct thread_private *)thread;
}

static inline struct object_private *object_private(struct object *object)
{
	return (struct object_private *)object;
}

static inline void model_emit(struct model *model, const struct step *step)
{
	if (step->thread)
		step->thread->steps++;
	if (model->step_fn)
		model->step_fn(model->context, step);
}

static inline struct place model_place(const struct thread *thread, const struct event *event)
{
	return (struct place){ .process = thread->process,
			       .site = event->site,
			       .stack = event->stack };
}

static inline struct step model_step(enum step_kind kind, struct thread *thread,
				     const struct event *event)
{
	return (struct step){ .kind = kind,
			      .time_ns = event->time_ns,
			      .process = thread->process,
			      .thread = thread,
			      .place = model_place(thread, event) };
}

/* Did a call with this result take the lock? */
static inline bool model_is_acquired(int64_t result)
{
	return result == 0 || result == EOWNERDEAD;
}

/* model_process.c */
struct process *model_process_find(const struct model *model, int32_t pid);
struct process *model_process_new(struct model *model, const struct event *event);
void model_process_free(struct process *process);
void model_process_finish(struct model *model, struct process *process);
void model_process_start(struct model *model, const struct event *event);
void model_process_fork(struct model *model, const struct event *event);
void model_process_exec(struct model *model, const struct event *event);
void model_process_exec_failed(struct model *model, const struct event *event);
void model_process_exit(struct model *model, const struct event *event);
void model_process_module(struct model *model, const struct event *event);
void model_process_stack(struct model *model, const struct event *event);

/* model_thread.c */
struct thread *model_thread_new(struct model *model, struct process *process, int32_t tid,
				int64_t time_ns);
void model_thread_free(struct thread *thread);
/* The thread of an event; one that nobody announced is made. */
struct thread *model_thread_of(struct model *model, const struct event *event);
/* It is over: what it holds stays held, what it waits in ends. */
void model_thread_end(struct thread *thread, int64_t time_ns);
void model_thread_finish(struct thread *thread);
void model_thread_start(struct model *model, const struct event *event);
void model_thread_create_begin(struct model *model, struct thread *thread,
			       const struct event *event);
void model_thread_create_end(struct model *model, struct thread *thread, const struct event *event);
void model_thread_name(struct model *model, struct thread *thread, const struct event *event);
void model_thread_exit(struct model *model, struct thread *thread, const struct event *event);
void model_thread_detach(struct model *model, struct thread *thread, const struct event *event);

/* model_handle.c */
/* thread is the one that handle names from now on, unless it has a handle already. */
void model_handle_set(struct thread *thread, uint64_t handle);
/* The thread that a call with this handle is about, or NULL. */
struct thread *model_handle_thread(const struct process *process, uint64_t handle);
void model_handle_name(struct process *process, uint64_t handle, const char *name);
void model_handle_detach(struct process *process, uint64_t handle);
/* How many handles were spoken of that no thread has had. */
unsigned model_handle_unknown(const struct process *process);
void model_handle_done(struct process *process);

/* model_wait.c: begin and end of blocking, and joins */
void model_wait_begin(struct model *model, struct thread *thread, const struct event *event,
		      const struct wait *wait);
/* Unblock thread and return what it waited in (WAIT_NONE: it was not blocked). */
struct wait model_wait_end(struct thread *thread);
/* Like model_wait_end() where the trace does not tell the end; the step is emitted. */
void model_wait_abort(struct model *model, struct thread *thread, const struct event *event,
		      int64_t result);
void model_join_begin(struct model *model, struct thread *thread, const struct event *event);
void model_timed_join_begin(struct model *model, struct thread *thread, const struct event *event);
void model_join_end(struct model *model, struct thread *thread, const struct event *event);
void model_try_join(struct model *model, struct thread *thread, const struct event *event);

/* model_object.c */
/* The object an event is about; made at first sight. */
struct object *model_object_of(struct model *model, struct thread *thread,
			       const struct event *event);
struct object *model_object_at(struct model *model, struct thread *thread,
			       const struct event *event, uint64_t address, enum event_object kind);
void model_object_free(struct object *object);
void model_object_init(struct model *model, struct thread *thread, const struct event *event);
void model_object_destroy(struct model *model, struct thread *thread, const struct event *event);
void model_object_destroy_failed(struct model *model, struct thread *thread,
				 const struct event *event);
void model_object_name(struct model *model, struct thread *thread, const struct event *event);

/* model_lock.c */
/* How a lock was taken: what STEP_ACQUIRE tells. */
struct acquisition {
	struct place place;
	const struct wait *wait;
	int64_t result;
	bool is_try, is_timed;
};

void model_lock_take(struct model *model, struct thread *thread, struct object *object,
		     const struct event *event, const struct acquisition *how);
/* End the hold of object; there must be one. */
void model_lock_end_hold(struct model *model, struct object *object, const struct event *event);
/* Put the hold back that was ended last. */
void model_lock_restore_hold(struct model *model, struct object *object, const struct event *event);
void model_lock_acquire(struct model *model, struct thread *thread, const struct event *event);
void model_lock_begin(struct model *model, struct thread *thread, const struct event *event);
void model_lock_timed_begin(struct model *model, struct thread *thread, const struct event *event);
void model_lock_end(struct model *model, struct thread *thread, const struct event *event);
void model_lock_try(struct model *model, struct thread *thread, const struct event *event);
void model_lock_release(struct model *model, struct thread *thread, const struct event *event);
void model_lock_release_failed(struct model *model, struct thread *thread,
			       const struct event *event);

/* model_cond.c */
/* thread no longer waits on object, however that came. */
void model_cond_forget(struct object *object, struct thread *thread);
void model_cond_wait_begin(struct model *model, struct thread *thread, const struct event *event);
void model_cond_timed_wait_begin(struct model *model, struct thread *thread,
				 const struct event *event);
void model_cond_wait_end(struct model *model, struct thread *thread, const struct event *event);
void model_cond_signal(struct model *model, struct thread *thread, const struct event *event);
void model_cond_broadcast(struct model *model, struct thread *thread, const struct event *event);

#endif
