//! Operations of IAM within one account: its alias and its password policy.

crate::operations! {
    service: "iam", prefix: "iam";
    read LIST_ACCOUNT_ALIASES = "ListAccountAliases", "iam-read";
    read GET_PASSWORD_POLICY = "GetAccountPasswordPolicy", "iam-read";
    write CREATE_ACCOUNT_ALIAS = "CreateAccountAlias", "iam-write";
    write DELETE_ACCOUNT_ALIAS = "DeleteAccountAlias", "iam-write";
    write UPDATE_PASSWORD_POLICY = "UpdateAccountPasswordPolicy", "iam-write";
    write DELETE_PASSWORD_POLICY = "DeleteAccountPasswordPolicy", "iam-write";
}
