//! Nova, Neutron and Cinder beside a Keystone: their APIs alone, which is what keeps quotas. No machine ever runs there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use super::{
    keystone::{ADMIN, Keystone, PASSWORD},
    server::{self, Server, Told, printed, tool},
};

/// One service: its name, its type in the catalog, the path of its API, and where its application is.
struct Service {
    name: &'static str,
    kind: &'static str,
    path: &'static str,
    application: &'static str,
}

const SERVICES: [Service; 3] = [
    Service { name: "nova", kind: "compute", path: "/v2.1", application: "nova.wsgi.osapi_compute:application" },
    Service { name: "neutron", kind: "network", path: "", application: "neutron.wsgi.api:application" },
    Service { name: "cinder", kind: "block-storage", path: "/v3", application: "cinder.wsgi.api:application" },
];

/// The running services; they end with this value.
pub(crate) struct Services(Vec<Server>);

impl Services {
    /// Starts all of them beside this Keystone, and puts them into its catalog.
    pub(crate) fn start(keystone: &Keystone) -> Result<Self, String> {
        let endpoint = keystone.endpoint();
        let started: Vec<Result<Server, String>> = thread::scope(|scope| {
            let starting: Vec<_> = SERVICES.iter().map(|service| scope.spawn(|| service.start(&endpoint))).collect();
            let ended = |_| Err("a thread that started a service ended".to_owned());
            starting.into_iter().map(|one| one.join().unwrap_or_else(ended)).collect()
        });
        let running = started.into_iter().collect::<Result<Vec<_>, _>>()?;
        let address =
            |(service, server): (&Service, &Server)| (service.kind, format!("{}{}", server.endpoint(), service.path));
        keystone.register(&SERVICES.iter().zip(&running).map(address).collect::<Vec<_>>())?;
        Ok(Self(running))
    }
}

impl Service {
    fn start(&self, keystone: &str) -> Result<Server, String> {
        Server::start(self.name, "/", &|folder, _| {
            configure(self.name, folder, keystone).map_err(|error| error.to_string())?;
            let (upper, file) = (self.name.to_uppercase(), folder.join(format!("{}.conf", self.name)));
            let mut variables = vec![(format!("OS_{upper}_CONFIG_DIR"), folder.to_owned())];
            if self.name == "neutron" {
                variables.push((format!("OS_{upper}_CONFIG_FILES"), file.clone()));
            }
            // Cinder reads its command line.
            let words = [format!("{}-api", self.name), "--config-file".to_owned(), file.display().to_string()];
            let words = if self.name == "cinder" { words.to_vec() } else { Vec::new() };
            Ok(Told { application: self.application, words, variables })
        })
    }
}

/// Makes the states that every start begins with copies of.
pub(crate) fn bootstrap(name: &str, stamp: &str) -> Result<(), String> {
    server::prepare(name, stamp, &|state| {
        configure(name, state, "http://127.0.0.1:5000").map_err(|error| error.to_string())?;
        let file = state.join(format!("{name}.conf"));
        let manage = |words: &[&str]| {
            let program = tool(&format!("{name}-manage"));
            printed(Command::new(program).arg("--config-file").arg(&file).args(words)).map(drop)
        };
        let database = |name: &str| format!("sqlite:///{}/{name}.db", state.display());
        match name {
            "nova" => {
                manage(&["api_db", "sync"])?;
                manage(&["cell_v2", "map_cell0", "--database_connection", &database("cell0")])?;
                manage(&["db", "sync"])?;
                let cell = ["cell_v2", "create_cell", "--name", "cell1", "--transport-url", "fake://"];
                manage(&[&cell[..], &["--database_connection", &database("cell")]].concat())
            }
            // Its migrations do not run on SQLite: the tables are made from the models.
            "neutron" => {
                let script = "import sys, sqlalchemy\nfrom neutron.db.migration.models import head\n\
                              head.get_metadata().create_all(sqlalchemy.create_engine(sys.argv[1]))";
                let database = database("neutron");
                printed(Command::new(tool("python")).args(["-c", script, &database])).map(drop)
            }
            _ => manage(&["db", "sync"]),
        }
    })
}

fn configure(name: &str, folder: &Path, keystone: &str) -> std::io::Result<()> {
    let at = folder.display();
    let login = format!(
        "auth_url = {keystone}/v3\nauth_type = password\nusername = {ADMIN}\npassword = {PASSWORD}\nproject_name = {ADMIN}\n\
         user_domain_id = default\nproject_domain_id = default\n"
    );
    let common = format!(
        "[DEFAULT]\nlog_file = {at}/{name}.log\nstate_path = {at}\ntransport_url = fake://\nauth_strategy = keystone\n\
         api_paste_config = {at}/api-paste.ini\n"
    );
    let further = match name {
        "nova" => format!(
            "my_ip = 127.0.0.1\n[api]\nauth_strategy = keystone\n[api_database]\nconnection = sqlite:///{at}/api.db\n\
             [database]\nconnection = sqlite:///{at}/cell.db\n[wsgi]\napi_paste_config = {at}/api-paste.ini\n\
             [keystone]\n{login}[placement]\n{login}[glance]\napi_servers = http://127.0.0.1:1\n"
        ),
        "neutron" => format!(
            "core_plugin = ml2\nservice_plugins =\nnotify_nova_on_port_status_changes = false\n\
             notify_nova_on_port_data_changes = false\nrpc_workers = 0\nrpc_state_report_workers = 0\n\
             [database]\nconnection = sqlite:///{at}/neutron.db\n[ml2]\ntype_drivers = local,flat,vlan\n\
             tenant_network_types = local\nmechanism_drivers = logger\nextension_drivers = port_security\n"
        ),
        _ => format!(
            "resource_query_filters_file = {at}/resource_filters.json\n[database]\nconnection = sqlite:///{at}/cinder.db\n"
        ),
    };
    let locks = format!("[oslo_concurrency]\nlock_path = {at}/lock\n");
    let token = format!("[keystone_authtoken]\nwww_authenticate_uri = {keystone}/v3\n{login}");
    fs::create_dir_all(folder.join("lock"))?;
    fs::write(folder.join(format!("{name}.conf")), format!("{common}{further}{locks}{token}"))?;
    let shipped: PathBuf = tool("").join(format!("../etc/{name}"));
    for file in ["api-paste.ini", "resource_filters.json"] {
        if shipped.join(file).is_file() {
            fs::copy(shipped.join(file), folder.join(file))?;
        }
    }
    Ok(())
}
