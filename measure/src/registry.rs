//! The one place where models meet workloads. A new model is one line below
//! `models`, with the capabilities that its kit implements; a new workload one line below
//! `workloads`, with those that its bodies ask for. A pair whose model has not what the
//! workload asks for is not built, and [`lack`] says why.

use std::sync::Arc;

use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;
use crate::base::word::Named as _;
use crate::engine::batch::Batch;
use crate::kit::Setup;
use crate::kit::capability::{Capability, Lack};
use crate::model::lacks;
use crate::model::processes::worker::Work;
use crate::model::processes::{per_order::ProcessesPerOrder, pool::Processes};
use crate::model::sequential::Sequential;
use crate::model::threads::per_order::{OsThreadsPerOrder, OsThreadsPerOrderSmallStack};
use crate::model::threads::units::OsThreads;
use crate::model::{DriveDirect, DriveFrames, Meta, Model};
use crate::protocol::Prepare;
use crate::runner::cell::{RunnerCell, Runs, build, params};
use crate::workload::bakery::Bakery;
use crate::workload::client::Client;
use crate::workload::compute::Compute;
use crate::workload::fetch::Fetch;
#[cfg(feature = "client-reqwest")]
use crate::workload::fetch::reqwest::FetchReqwest;
use crate::workload::files::Files;
use crate::workload::nothing::Nothing;
use crate::workload::offload::Offload;
use crate::workload::params::Params;
use crate::workload::responsive::Responsive;
use crate::workload::sleepers::Sleepers;
use crate::workload::subprocess::Subprocess;
use crate::workload::timers::Timers;
use crate::workload::{Hold, Plan, Workload, World};

/// What comes last, if every need of the first list is in the second.
macro_rules! where_offered {
    ([] $offers:tt { $($then:tt)* }) => { $($then)* };
    ([Offload $($needs:ident)*] $offers:tt $then:tt) => {
        where_offered!(@Offload $offers [$($needs)*] $offers $then);
    };
    ([Children $($needs:ident)*] $offers:tt $then:tt) => {
        where_offered!(@Children $offers [$($needs)*] $offers $then);
    };
    ([Files $($needs:ident)*] $offers:tt $then:tt) => {
        where_offered!(@Files $offers [$($needs)*] $offers $then);
    };
    ([Yield $($needs:ident)*] $offers:tt $then:tt) => {
        where_offered!(@Yield $offers [$($needs)*] $offers $then);
    };
    (@$need:ident [] $needs:tt $offers:tt $then:tt) => {};
    (@Offload [Offload $($rest:ident)*] $needs:tt $offers:tt $then:tt) => {
        where_offered!($needs $offers $then);
    };
    (@Children [Children $($rest:ident)*] $needs:tt $offers:tt $then:tt) => {
        where_offered!($needs $offers $then);
    };
    (@Files [Files $($rest:ident)*] $needs:tt $offers:tt $then:tt) => {
        where_offered!($needs $offers $then);
    };
    (@Yield [Yield $($rest:ident)*] $needs:tt $offers:tt $then:tt) => {
        where_offered!($needs $offers $then);
    };
    (@$need:ident [$other:ident $($rest:ident)*] $needs:tt $offers:tt $then:tt) => {
        where_offered!(@$need [$($rest)*] $needs $offers $then);
    };
}

/// The capabilities of a list.
macro_rules! capabilities {
    ([$($capability:ident)*]) => { &[$(Capability::$capability),*] };
}

macro_rules! registry {
    (workloads $workloads:tt models $models:tt) => {
        registry!(@models $models);
        registry!(@workloads $workloads $models);
        registry!(@pairs $workloads $models);
    };
    (@models { $($(#[$with:meta])* $style:ident $model:path, $offers:tt;)* }) => {
        /// Every model that this build has, in the order of tables.
        #[must_use]
        pub fn models() -> Vec<Meta> {
            vec![$($(#[$with])* <$model as Model>::META),*]
        }

        /// What the model of that name can do besides waiting, sockets and stations.
        #[must_use]
        pub fn offers(model: &str) -> &'static [Capability] {
            $($(#[$with])* if model == <$model as Model>::META.name {
                return capabilities!($offers);
            })*
            &[]
        }

        /// Makes sure that this machine has what the model of that name needs; `why`
        /// begins the error's sentence.
        ///
        /// # Errors
        /// [`Error::Usage`] naming what it has not.
        pub fn require(model: &Meta, setup: &Setup, why: &str) -> Result<()> {
            model.require_threads(setup, why)?;
            $($(#[$with])* if model.name == <$model as Model>::META.name {
                return <$model as Model>::require(setup, why);
            })*
            Ok(())
        }

        /// The variable of the environment that tells the library of the model of that name
        /// its number of threads, where there is no other way.
        #[must_use]
        pub fn threads_variable(model: &str) -> Option<&'static str> {
            $($(#[$with])* if model == <$model as Model>::META.name {
                return <$model as Model>::THREADS_VARIABLE;
            })*
            None
        }
    };
    (@workloads { $($(#[$on:meta])* $name:literal $client:ident $workload:ident $plan:ident, $needs:tt;)* } $models:tt) => {
        /// Every workload and client that this build has.
        #[must_use]
        pub fn workloads() -> Vec<(&'static str, Client)> {
            vec![$($(#[$on])* ($name, Client::$client)),*]
        }

        /// What the bodies of that workload ask of every model.
        fn needs(workload: &str) -> &'static [Capability] {
            $($(#[$on])* if workload == $name {
                return capabilities!($needs);
            })*
            &[]
        }

        /// What should come of a workload's orders.
        ///
        /// # Errors
        /// An unknown workload, or parameters out of range.
        pub fn plan(workload: &str, params: &Params) -> Result<Box<dyn Plan>> {
            $($(#[$on])* if workload == $name {
                return Ok(Box::new($plan::new(params, &World::default())?));
            })*
            Err(unknown("workload", workload, workloads().into_iter().map(|(name, _)| name)))
        }

        /// Builds the cell of a `prepare` message.
        ///
        /// # Errors
        /// A name that this build does not have, or what building it meets.
        pub fn cell(prepare: &Prepare) -> Result<Box<dyn RunnerCell>> {
            let (workload, client) = (prepare.workload.as_str(), &prepare.client);
            $($(#[$on])* if workload == $name && *client == Client::$client {
                registry!(@cells $workload $needs prepare $models);
                let meta = model(&prepare.model)?;
                return Err(lack(workload, &[], &meta).map_or_else(
                    || Error::Unable(format!("{} is not paired with {workload}", meta.name)),
                    |lack| Error::Unable(format!("{}: {}", meta.name, lack.why)),
                ));
            })*
            Err(no_client(workload, client.as_str()))
        }

        /// Serves orders in a worker process.
        ///
        /// # Errors
        /// As [`cell`], and those of the pipes.
        pub fn work(prepare: &Prepare, work: Work) -> Result<()> {
            let (workload, client) = (prepare.workload.as_str(), &prepare.client);
            let world = crate::runner::cell::world(prepare);
            $($(#[$on])* if workload == $name && *client == Client::$client {
                let workload = $workload::new(&params(prepare), &world)?;
                workload.trace(prepare.trace);
                return work.serve(
                    &workload,
                    |kit| workload.open_direct(kit),
                    |kit, session, spec| workload.direct(kit, session, spec),
                );
            })*
            Err(no_client(workload, client.as_str()))
        }
    };
    (@cells $workload:ident $needs:tt $prepare:ident { $($(#[$with:meta])* $style:ident $model:path, $offers:tt;)* }) => {
        $($(#[$with])* where_offered!($needs $offers {
            if $prepare.model == <$model as Model>::META.name {
                return build::<$workload, $model>($prepare);
            }
        });)*
    };
    // Each model with each workload: the list of workloads travels as one token.
    (@pairs $workloads:tt { $($(#[$with:meta])* $style:ident $model:path, $offers:tt;)* }) => {
        $(registry!(@model [$(#[$with])*] $style $model, $offers; $workloads);)*
    };
    (@model $with:tt $style:ident $model:path, $offers:tt;
        { $($(#[$on:meta])* $name:literal $client:ident $workload:ident $plan:ident, $needs:tt;)* }) => {
        $(where_offered!($needs $offers {
            registry!(@pair $with [$(#[$on])*] $style $model, $workload);
        });)*
    };
    // The bodies are named with concrete types here, where the compiler can
    // see whether their futures are `Send`.
    (@pair [$($with:tt)*] [$($on:tt)*] send $model:path, $workload:ident) => {
        $($with)* $($on)*
        impl Runs<$workload> for $model {
            fn run(&mut self, workload: &'static $workload, batch: &Arc<Batch<$workload>>) -> Result<()> {
                crate::model::DriveSend::drive(
                    self,
                    batch,
                    move |kit| workload.open_asynch(kit),
                    move |kit, session, spec| workload.asynch(kit, session, spec),
                )
            }
        }
    };
    (@pair [$($with:tt)*] [$($on:tt)*] local $model:path, $workload:ident) => {
        $($with)* $($on)*
        impl Runs<$workload> for $model {
            fn run(&mut self, workload: &'static $workload, batch: &Arc<Batch<$workload>>) -> Result<()> {
                crate::model::DriveLocal::drive(
                    self,
                    batch,
                    move |kit| workload.open_asynch(kit),
                    move |kit, session, spec| workload.asynch(kit, session, spec),
                )
            }
        }
    };
    (@pair [$($with:tt)*] [$($on:tt)*] callbacks $model:path, $workload:ident) => {
        $($with)* $($on)*
        impl Runs<$workload> for $model {
            fn run(&mut self, workload: &'static $workload, batch: &Arc<Batch<$workload>>) -> Result<()> {
                crate::model::DriveLoop::drive(
                    self,
                    batch,
                    move |kit| workload.open_machine(kit),
                    move |spec| workload.machine(spec),
                )
            }
        }
    };
    (@pair [$($with:tt)*] [$($on:tt)*] direct $model:path, $workload:ident) => {
        $($with)* $($on)*
        impl Runs<$workload> for $model {
            fn run(&mut self, workload: &'static $workload, batch: &Arc<Batch<$workload>>) -> Result<()> {
                DriveDirect::drive(
                    self,
                    batch,
                    |kit| workload.open_direct(kit),
                    |kit, session, spec| workload.direct(kit, session, spec),
                )
            }
        }
    };
    (@pair [$($with:tt)*] [$($on:tt)*] frames $model:path, $workload:ident) => {
        $($with)* $($on)*
        impl Runs<$workload> for $model {
            fn brief(&mut self, prepare: &Prepare) -> Result<()> {
                DriveFrames::brief(self, prepare)
            }

            fn run(&mut self, _: &'static $workload, batch: &Arc<Batch<$workload>>) -> Result<()> {
                DriveFrames::drive(self, batch)
            }

            fn take_holds(&mut self) -> Vec<Hold> {
                DriveFrames::take_holds(self)
            }
        }
    };
}

registry! {
    workloads {
        "bakery" None Bakery Bakery, [];
        "compute" None Compute Compute, [];
        "fetch" Wire Fetch Fetch, [];
        #[cfg(feature = "client-reqwest")] "fetch" Reqwest FetchReqwest Fetch, [];
        "files" None Files Files, [Files];
        "nothing" None Nothing Nothing, [];
        "offload" None Offload Offload, [Offload];
        "responsive" None Responsive Responsive, [Yield];
        "sleepers" None Sleepers Sleepers, [];
        "subprocess" None Subprocess Subprocess, [Children];
        "timers" None Timers Timers, [];
    }
    models {
        direct Sequential, [Children Files Offload Yield];
        frames Processes, [Children Files Offload Yield];
        frames ProcessesPerOrder, [];
        direct OsThreads, [Children Files Offload Yield];
        direct OsThreadsPerOrder, [];
        direct OsThreadsPerOrderSmallStack, [];
        #[cfg(feature = "rayon")] direct crate::model::pools::rayon::Rayon, [Children Files Offload Yield];
        #[cfg(feature = "rayon")] direct crate::model::pools::rayon::RayonCores, [];
        #[cfg(feature = "crossbeam")] direct crate::model::pools::crossbeam::Crossbeam, [Children Files Offload Yield];
        #[cfg(feature = "tokio")] send crate::model::tokio::mt::TokioMt, [Children Files Offload BlockInPlace Timers Yield];
        #[cfg(feature = "tokio")] send crate::model::tokio::ct::TokioCt, [Children Files Offload Timers Yield];
        #[cfg(feature = "tokio")] send crate::model::tokio::per_order::TokioMtPerOrder, [];
        #[cfg(feature = "smol")] send crate::model::smol::units::Smol, [Children Files Offload Timers Yield];
        #[cfg(feature = "smol")] send crate::model::smol::per_order::SmolPerOrder, [];
        #[cfg(feature = "async-std")] send crate::model::async_std::AsyncStd, [Files Offload Timers Yield];
        #[cfg(feature = "tokio")] local crate::model::tokio::local::TokioLocal, [Children Files Offload Timers Yield];
        #[cfg(feature = "smol")] local crate::model::smol::local::SmolLocal, [Children Files Offload Timers Yield];
        #[cfg(all(feature = "completion", target_os = "linux"))] local crate::model::compio::Compio, [Children Files Offload Timers Yield];
        #[cfg(all(feature = "completion", target_os = "linux"))] local crate::model::monoio::Monoio, [Files Offload Timers Yield];
        #[cfg(feature = "green")] direct crate::model::may::May, [Yield];
        #[cfg(feature = "callbacks")] callbacks crate::model::mio::Mio, [];
        #[cfg(feature = "idioms")] send crate::model::tokio::buffered::TokioMtBuffered, [Children Files Offload Timers Yield];
        #[cfg(feature = "idioms")] send crate::model::tokio::unordered::TokioMtFuturesUnordered, [Children Files Offload Timers Yield];
        #[cfg(feature = "idioms")] send crate::model::tokio::join_all::TokioMtJoinAll, [Children Files Offload Timers Yield];
        #[cfg(feature = "idioms")] send crate::model::tokio::semaphore::TokioMtSemaphore, [Children Files Offload BlockInPlace Timers Yield];
        #[cfg(feature = "idioms")] direct crate::model::threads::pool::OsThreadsPool, [Children Files Offload Yield];
        #[cfg(feature = "idioms")] direct crate::model::pools::deque::CrossbeamDeque, [Children Files Offload Yield];
        #[cfg(feature = "idioms")] direct crate::model::pools::oneshot::RayonOneshot, [Children Files Offload Yield];
        #[cfg(feature = "idioms")] frames crate::model::processes::prefork::Prefork, [Children Files Offload Yield];
        #[cfg(feature = "portable")] send crate::model::agnostic::tokio::AgnosticTokio, [];
        #[cfg(feature = "portable")] send crate::model::agnostic::smol::AgnosticSmol, [];
        #[cfg(feature = "portable")] send crate::model::smol::compat::SmolCompat, [];
    }
}

/// What of the capabilities that the workload's bodies need, or that its parameters ask
/// for besides, the model has not; `None` where it can do it all.
#[must_use]
pub fn lack(workload: &str, asked: &[Capability], model: &Meta) -> Option<Lack> {
    let offers = offers(model.name);
    let all = needs(workload).iter().chain(asked).copied();
    let of = all.into_iter().find(|need| !offers.contains(need))?;
    Some(Lack {
        of,
        why: lacks::why(model, of),
    })
}

fn no_client(workload: &str, client: &str) -> Error {
    let clients = workloads()
        .into_iter()
        .filter(|(name, _)| *name == workload);
    let clients: Vec<&str> = clients.map(|(_, client)| client.name()).collect();
    if clients.is_empty() {
        return unknown(
            "workload",
            workload,
            workloads().into_iter().map(|(name, _)| name),
        );
    }
    unknown(
        &format!("client of {workload}"),
        client,
        clients.into_iter(),
    )
}

/// The model of that name.
///
/// # Errors
/// None of that name, with the nearest.
pub fn model(name: &str) -> Result<Meta> {
    let models = models();
    models
        .iter()
        .find(|meta| meta.name == name)
        .copied()
        .ok_or_else(|| unknown("model", name, models.iter().map(|meta| meta.name)))
}
