/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rooms of the model share; nobody else includes it. */
#ifndef ANALYZER_MODEL_PRIVATE_H
#define ANALYZER_MODEL_PRIVATE_H

#include "analyzer/address_table.h"
#include "analyzer/model_noise.h"

#define MODEL_RECENT_THREADS 64
/* By how much stamps of two CPUs may be out of order. */
#define INVERSION_NS 2000

struct model {
	GPtrArray *processes;
	struct address_table pids;		     /* to the latest process of that pid */
	struct thread *recent[MODEL_RECENT_THREADS]; /* by tid, Weak */
	struct misfits misfits;
	model_step_fn step_fn;
	void *context;
	int64_t start_ns, end_ns, last_ns, summary_ns;
	bool has_events;
	unsigned object_count, thread_count;
	char *command, *ending; /* Owned by this */
	int64_t status;
	uint64_t lost;
	bool is_summary; /* STEP_SUMMARY has been, at summary_ns */
	enum model_detail detail;
	struct recording_cost cost;
	struct model_hang *hang; /* NULL: none so far. Owned by this */
	struct noise_told noise;
	GPtrArray *all_holds;	 /* Owns those of readers */
	struct hold *free_holds; /* linked by next_holder */
	GPtrArray *forks;	 /* struct fork, those that wait for their child. Owns them */
	GHashTable *calls;	 /* names of functions. Owns them */
};

struct process_private {
	struct address_table objects;	/* address: its latest generation */
	struct address_table futexes;	/* the same of futexes: a lock may begin with one */
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
	bool is_whole;	  /* the trace has it from its start, not as a fork */
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

/* A wait for a signal or the like: a link of woken or unwoken of its object. */
struct waiter {
	struct thread *thread;
	struct wait *wait; /* thread->wait, or where that is kept */
	struct waiter *previous, *next;
	bool has_released; /* its condition wait ended a hold, which may come back */
	bool has_lowered;  /* the same, but the hold was recursive and only got shallower */
	unsigned depth;	   /* of the hold of a native lock, which was ended wholly */
};

struct waiter_list {
	struct waiter *first, *last;
	unsigned count;
};

/* The wait of a thread whose signal handler waits, too. */
struct outer_wait {
	struct wait wait;
	struct waiter waiter;
	struct outer_wait *outer; /* NULL: the outermost */
};

struct thread_private {
	struct thread thread;
	struct waiter waiter;	  /* of thread.wait */
	struct outer_wait *outer; /* the waits around thread.wait, innermost first. Owned by this */
	unsigned outer_count;
	struct fork *fork; /* it is about to fork, and has released nothing since. Weak */
};

/* What a failed release has to put back. */
enum undo { UNDO_NOTHING, UNDO_HOLD, UNDO_DEPTH, UNDO_MISFIT };

struct object_private {
	struct object object;
	union {
		struct {
			struct hold hold;	 /* the present or the latest, but for readers' */
			struct hold *newest;	 /* last of object.holder */
			struct hold *late;	 /* their releases are stamped too late */
			struct thread *releaser; /* who did what undo undoes */
			enum undo undo;
		} lock;
		/*
		 * Of conditions, semaphores, barriers, futexes: waiters in order of arrival. Each
		 * woken one came before each unwoken one: signals wake the first.
		 */
		struct {
			struct waiter_list woken, unwoken;
			int64_t balance; /* a semaphore's count; below 0 where posts are late */
			/* A semaphore: its post is stamped too late. A barrier: how many left early. */
			struct thread *overtaken;
			unsigned early;
			int64_t inverted_ns; /* when that was */
			/* A native event: is it set, and how it was set last: waker, woken_ns. */
			bool is_set;
			bool is_broken; /* a native barrier: who comes is sent away */
			struct wait set;
		} waiting;
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

/* Each member by name: compilers clear a large struct slowly, and this is done for every event. */
static inline struct step model_step(enum step_kind kind, struct thread *thread,
				     const struct event *event)
{
	return (struct step){ .kind = kind,
			      .is_try = false,
			      .is_timed = false,
			      .is_read = false,
			      .time_ns = event->time_ns,
			      .process = thread->process,
			      .thread = thread,
			      .object = NULL,
			      .other = NULL,
			      .old = NULL,
			      .hold = NULL,
			      .wait = NULL,
			      .place = model_place(thread, event),
			      .result = 0,
			      .count = 0 };
}

/* Did a call with this result take the lock? */
static inline bool model_is_acquired(int64_t result)
{
	return result == 0 || result == EOWNERDEAD;
}

/* Does object have a holder, and the struct lock above? */
static inline bool model_is_lock(const struct object *object)
{
	return object->kind == OBJECT_MUTEX || object->kind == OBJECT_SPIN ||
	       object->kind == OBJECT_RWLOCK || object->kind == OBJECT_ONCE;
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
/* By the number of its creation; NULL: unknown. */
struct thread *model_thread_created(const struct process *process, uint64_t number);
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
#define WAIT_BIT(kind) (1U << (kind))

/* A wait that thread is in already goes on when this one is over. */
void model_wait_begin(struct model *model, struct thread *thread, const struct event *event,
		      const struct wait *wait);
/*
 * event ends a wait of one of kinds (of WAIT_BIT): thread->wait now is that wait; what thread
 * began within it is aborted. False, and counted: there is none.
 */
bool model_wait_reach(struct model *model, struct thread *thread, const struct event *event,
		      unsigned kinds);
/* End the innermost wait of thread and return it (WAIT_NONE: it was not blocked). */
struct wait model_wait_end(struct thread *thread);
/* Like model_wait_end() where the trace does not tell the end; the step is emitted. */
void model_wait_abort(struct model *model, struct thread *thread, const struct event *event,
		      int64_t result);
void model_wait_left(struct model *model, struct thread *thread, const struct event *event);
void model_deadlock_found(struct model *model, struct thread *thread, const struct event *event);
void model_join_begin(struct model *model, struct thread *thread, const struct event *event);
void model_timed_join_begin(struct model *model, struct thread *thread, const struct event *event);
void model_join_end(struct model *model, struct thread *thread, const struct event *event);
void model_join_ended(struct model *model, struct thread *thread, const struct event *event);
void model_try_join(struct model *model, struct thread *thread, const struct event *event);

/* model_object.c */
/* The object an event is about; made at first sight. */
struct object *model_object_of(struct model *model, struct thread *thread,
			       const struct event *event);
struct object *model_object_at(struct model *model, struct thread *thread,
			       const struct event *event, uint64_t address, enum event_object kind);
void model_object_free(struct object *object);
/* Another one is made at that address. */
struct object *model_object_made(struct model *model, struct thread *thread,
				 const struct event *event);
/* What an init says of object. */
void model_object_learn(struct object *object, const struct event *event);
void model_object_init(struct model *model, struct thread *thread, const struct event *event);
void model_object_destroy(struct model *model, struct thread *thread, const struct event *event);
void model_object_destroy_failed(struct model *model, struct thread *thread,
				 const struct event *event);
void model_object_gone(struct model *model, struct thread *thread, const struct event *event);
void model_object_name(struct model *model, struct thread *thread, const struct event *event);
/* It is used, or was: counts of acquisitions may be told after its end. */
void model_object_tally(struct model *model, struct thread *thread, const struct event *event);
void model_object_read_tally(struct model *model, struct thread *thread, const struct event *event);
/* Of a semaphore: not another generation where it is open already. */
void model_object_open(struct model *model, struct thread *thread, const struct event *event);

/* model_lock.c: all that has a holder */
/* How a lock was taken: what STEP_ACQUIRE tells. */
struct acquisition {
	struct place place;
	const struct wait *wait;
	int64_t result;
	bool is_try, is_timed, is_read;
};

void model_lock_take(struct model *model, struct thread *thread, struct object *object,
		     const struct event *event, const struct acquisition *how);
/* releaser: who ended it where that is another thread than its holder, else NULL. */
void model_lock_end_hold(struct model *model, struct hold *hold, struct thread *releaser,
			 const struct event *event);
/* Put the hold back that was ended last; it was not a reader's. */
void model_lock_restore_hold(struct model *model, struct object *object, const struct event *event);
/* The same operations for readers and others. */
void model_lock_acquired(struct model *model, struct thread *thread, const struct event *event,
			 bool is_read);
void model_lock_request(struct model *model, struct thread *thread, const struct event *event,
			bool is_read, bool is_timed);
void model_lock_requested(struct model *model, struct thread *thread, const struct event *event,
			  bool is_read);
void model_lock_tried(struct model *model, struct thread *thread, const struct event *event,
		      bool is_read);
void model_lock_acquire(struct model *model, struct thread *thread, const struct event *event);
void model_lock_begin(struct model *model, struct thread *thread, const struct event *event);
void model_lock_timed_begin(struct model *model, struct thread *thread, const struct event *event);
void model_lock_end(struct model *model, struct thread *thread, const struct event *event);
void model_lock_try(struct model *model, struct thread *thread, const struct event *event);
void model_lock_release(struct model *model, struct thread *thread, const struct event *event);
void model_lock_release_failed(struct model *model, struct thread *thread,
			       const struct event *event);
void model_lock_consistent(struct model *model, struct thread *thread, const struct event *event);

/* model_rwlock.c: holds that several threads have at once */
/* One that is in no list yet; of object, thread and the rest nothing is said. */
struct hold *model_hold_new(struct model *model);
void model_hold_free(struct model *model, struct hold *hold);
struct hold *model_hold_among(const struct object *object, const struct thread *thread);
/* The hold of object that is thread's, or NULL. */
static inline struct hold *model_hold_of(const struct object *object, const struct thread *thread)
{
	if (!object->holder || object->holder->thread == thread)
		return object->holder;
	return object->holder_count > 1 ? model_hold_among(object, thread) : NULL;
}
/* hold ends now, and its release is yet to come. */
void model_hold_note_late(struct model *model, const struct hold *hold, const struct event *event);
/* Is this the release of a hold that an acquire has ended already? It is counted then. */
bool model_hold_is_late(struct model *model, struct object *object, const struct thread *thread,
			const struct event *event);
void model_read_acquire(struct model *model, struct thread *thread, const struct event *event);
void model_read_begin(struct model *model, struct thread *thread, const struct event *event);
void model_read_timed_begin(struct model *model, struct thread *thread, const struct event *event);
void model_read_end(struct model *model, struct thread *thread, const struct event *event);
void model_read_try(struct model *model, struct thread *thread, const struct event *event);

/* model_wakers.c: waits that somebody ends with a signal, a post, a wake or an arrival */
bool model_has_waker(enum wait_kind kind);
/* The wait begins, and is emitted. */
void model_waker_wait(struct model *model, struct thread *thread, const struct event *event,
		      const struct wait *wait);
/* thread->wait ends with the result of event. Returns it; no step is made. */
struct wait model_waker_return(struct thread *thread, const struct event *event);
/* The step of a wait that has ended. */
void model_waker_emit_end(struct model *model, struct thread *thread, const struct event *event,
			  const struct wait *wait);
/* Wake the first count waiters that nobody has woken. Returns the first of them, or NULL. */
struct thread *model_waker_wake(struct object *object, struct thread *waker,
				const struct event *event, int64_t count);
/* The waiter that was woken last has not been, after all. Returns who it is, or NULL. */
struct thread *model_waker_unwake_last(struct object *object);
/* The signal that thread was woken by is for the next one. */
void model_waker_give_back(struct thread *thread);
/* thread->wait is in no list any more. */
void model_waker_forget(struct thread *thread);
/* new takes the place of old, of which it is a copy. */
void model_waker_replace(const struct waiter *old, struct waiter *new);

/* model_cond.c */
void model_cond_wait_begin(struct model *model, struct thread *thread, const struct event *event);
void model_cond_timed_wait_begin(struct model *model, struct thread *thread,
				 const struct event *event);
void model_cond_wait_end(struct model *model, struct thread *thread, const struct event *event);
void model_cond_signal(struct model *model, struct thread *thread, const struct event *event);
void model_cond_broadcast(struct model *model, struct thread *thread, const struct event *event);

/* model_semaphore.c */
/* Its count is known: it has just been made. */
void model_semaphore_set(struct object *object, int64_t count);
void model_semaphore_take(struct model *model, struct thread *thread, const struct event *event);
void model_semaphore_begin(struct model *model, struct thread *thread, const struct event *event);
void model_semaphore_timed_begin(struct model *model, struct thread *thread,
				 const struct event *event);
void model_semaphore_end(struct model *model, struct thread *thread, const struct event *event);
void model_semaphore_try(struct model *model, struct thread *thread, const struct event *event);
void model_semaphore_post(struct model *model, struct thread *thread, const struct event *event);
void model_semaphore_post_failed(struct model *model, struct thread *thread,
				 const struct event *event);

/* model_barrier.c */
void model_barrier_arrive(struct model *model, struct thread *thread, const struct event *event);
void model_barrier_timed_arrive(struct model *model, struct thread *thread,
				const struct event *event);
void model_barrier_depart(struct model *model, struct thread *thread, const struct event *event);

/* model_futex.c */
void model_futex_begin(struct model *model, struct thread *thread, const struct event *event);
void model_futex_timed_begin(struct model *model, struct thread *thread, const struct event *event);
void model_futex_end(struct model *model, struct thread *thread, const struct event *event);
void model_futex_wake(struct model *model, struct thread *thread, const struct event *event);

/* model_call.c: calls that may block */
void model_call_io(struct model *model, struct thread *thread, const struct event *event);
void model_call_sleep(struct model *model, struct thread *thread, const struct event *event);
void model_call_end(struct model *model, struct thread *thread, const struct event *event);

#endif
